import { getAddress, isAddress, type Address, type Hex } from "viem";
import { z } from "zod";
import { detailsHash, type ConsentDetails, type ConsentTerms } from "@consilium/sdk";

/*
 * What travels over HTTP, as schemas: by them calls are checked, typed and described at /openapi.json.
 */

const hex = (bytes: number, description: string) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
    .describe(description);
const bytes32 = (description: string) => hex(32, description).transform((value) => value.toLowerCase() as Hex);
const address = (description: string) =>
  hex(20, description)
    .refine((value) => isAddress(value, { strict: false }))
    .transform((value): Address => getAddress(value));
const whole = (most: number, description: string) => z.number().int().min(0).max(most).describe(description);

const consentDetails = z
  .strictObject({
    parameters: bytes32("Hash of parameters; zero: none, or the gateway refuses"),
    notice: bytes32("Hash of the notice"),
    previous: bytes32("The consent that it renews; zero: none"),
    salt: bytes32("The salt"),
  })
  .transform((details): ConsentDetails => ({ ...details, salt: BigInt(details.salt) }));

const consent = z
  .strictObject({
    patient: address("DID of the patient"),
    institution: whole(2 ** 32 - 1, "The only institution; 0: any"),
    agent: address("The only wallet; zero: any"),
    study: bytes32("The only study; zero: any"),
    policy: z
      .string()
      .regex(/^0x[0-9a-fA-F]{1,64}$/)
      .describe("The policy word, a hexadecimal number"),
    epoch: whole(255, "The patient's consent epoch"),
    details: consentDetails.describe("What enters the terms by its hash"),
  })
  .transform(({ details, ...scope }) => {
    const terms: ConsentTerms = { ...scope, policy: BigInt(scope.policy), details: detailsHash(details) };
    return { terms, details };
  })
  .describe("The consent that the grant relies on, as ConsentGiven has it; left out if it relies on none");

export const fetchBody = z.strictObject({
  grant: bytes32("Id of the grant"),
  decidedIn: whole(Number.MAX_SAFE_INTEGER, "Block in which its request was decided").transform(BigInt),
  member: z.strictObject({
    study: bytes32("Id of the study, or zero"),
    patient: address("DID of the patient"),
    consent: bytes32("Id of the consent, or zero"),
    batch: bytes32("Id of the batch"),
    record: bytes32("Leaf of the record"),
  }),
  proof: z.array(bytes32("A node")).max(32).describe("Merkle proof of the member in the grant's cohort"),
  consent: consent.optional(),
});

export const emergencyFetchBody = z.strictObject({
  emergency: bytes32("Id of the emergency"),
  terms: z
    .strictObject({
      patient: address("DID of the patient; zero while the person is unidentified"),
      batch: bytes32("Batch of the record named of an unidentified person, or zero"),
      record: bytes32("Its leaf, or zero"),
      categories: whole(2 ** 16 - 1, "Mask of category bits shifted down by 80"),
      duration: whole(2 ** 32 - 1, "Seconds; 0: the default"),
      reasonHash: bytes32("Salted hash of the reason"),
    })
    .describe("The terms that it was opened with"),
  batch: bytes32("Id of the record's batch"),
  record: bytes32("Leaf of the record asked for"),
});

export const signInBody = z.strictObject({
  message: z.string().min(1).max(4_096).describe("The message of ERC-4361"),
  signature: z
    .string()
    .regex(/^0x([0-9a-fA-F]{2}){1,8192}$/)
    .transform((value) => value as Hex)
    .describe("The wallet's signature of it; a contract wallet's too (ERC-1271, ERC-6492)"),
});

export const nonceAnswer = z.object({
  nonce: z.string().describe("For one sign-in within five minutes"),
  domain: z.string().describe("What the message must name as domain"),
  uri: z.string().describe("What it must name as URI"),
  chainId: z.number().describe("What it must name as chain"),
});

export const sessionAnswer = z.object({
  token: z.string().describe("Sent along as `Authorization: Bearer …`"),
  expiresIn: z.number().describe("Seconds"),
});

export const healthAnswer = z.object({ status: z.literal("ok") });

export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    mend: z.string(),
    failed: z.array(z.string()).optional(),
    instance: z.string().optional().describe("Id of the call in the gateway's log"),
  })
  .describe("A refusal, RFC 9457");

/** One line of JSON, a line feed, and the encrypted bytes. */
export const PARCEL_TYPE = "application/vnd.consilium.parcel";
