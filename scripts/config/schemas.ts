import { getAddress, isAddress, type Hex } from "viem";
import { z } from "zod";
import { HOLDER_CONTRACTS, type HolderName } from "../../deploy/roles.ts";
import { PURPOSES, RECIPIENTS, VIOLATIONS } from "@consilium/sdk";

/** The config files of a consortium, one schema each; docs/operations.md explains every field to those who write them. */

const address = z
  .string()
  .refine((text) => isAddress(text), "is no address, or its checksum is wrong")
  .transform((text) => getAddress(text))
  .refine((text) => BigInt(text) !== 0n, "must not be zero");
const salt = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "must be 32 random bytes as 0x and 64 hex digits")
  .transform((text) => text as Hex);
const date = z.iso.date().transform((text) => Date.parse(text) / 1_000);
const purpose = z.enum(Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]);
const kind = z.enum(Object.keys(RECIPIENTS) as (keyof typeof RECIPIENTS)[]);
/** A wallet, or a contract of the suite by its name. */
const holder = z.union([z.enum(Object.keys(HOLDER_CONTRACTS) as HolderName[]), address], {
  error: `is no address, or its checksum is wrong, and none of ${Object.keys(HOLDER_CONTRACTS).join(", ")}`,
});
const holders = z.array(holder).min(1).refine(areDistinct, "must name each holder once");
const count = (most: number) => z.int().min(0).max(most);
const basisPoints = count(10_000);
const days = z.number().positive().max(3_650);
const hours = z.number().positive().max(8_760);

/** What a violation costs; left out: nothing. */
const sanction = z.strictObject({ suspensionDays: z.number().min(0).max(3_650), bondShare: basisPoints });

/** Bounds of the contract's numbers that JSON holds whole. */
const points = count(4_294_967_295);
const threshold = z.int().min(1);

/** What members earn points by, and the stars that come of them. */
const contributions = z
  .strictObject({
    delivery: points,
    acceptance: points,
    publication: points,
    cap: points.min(1),
    deduction: points,
    deductionPerDay: points,
    /** Points for two, three, four and five stars. */
    thresholds: z
      .tuple([threshold, threshold, threshold, threshold])
      .refine((list) => list.every((value, i) => i === 0 || value > list[i - 1]!), "must ascend"),
  })
  .refine(({ delivery, acceptance, publication, cap }) => delivery + acceptance + publication <= cap, {
    path: ["cap"],
    message: "must not be less than delivery, acceptance and publication together",
  });

const variable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "must be the name of a configuration variable, like CONSILIUM_DEPLOYER_KEY");

const network = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  chainId: z.int().positive(),
  /** Names of Hardhat configuration variables that hold keys, the deployer's first; "node": the node signs. */
  accounts: z.union([z.literal("node"), z.array(variable).min(1)], {
    error: 'must be "node", or a list of names of configuration variables',
  }),
  freeGas: z.boolean().default(true),
  /** Where the index takes GraphQL queries. */
  graphUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Blocks that may be asked for at once when events are read. */
  logRange: z.int().positive().default(5_000),
});

const levelRule = z.strictObject({
  needsConsent: z.boolean(),
  needsStudy: z.boolean(),
  needsCoreCategory: z.boolean(),
  needsSeparateConsent: z.boolean(),
  reviews: z.array(z.enum(["PATIENT", "ETHICS", "CUSTODIAN"])),
});

const member = z.strictObject({
  key: z.string().regex(/^[a-z][a-zA-Z0-9]*$/, "must be a camelCase name"),
  name: z.string().min(1),
  kind,
  region: count(7),
  nonProfit: z.boolean(),
  accreditation: z
    .strictObject({ from: date, until: date })
    .refine(({ from, until }) => from < until, "must end after it starts"),
  administrator: address,
  salt,
});

/** The working groups, in the order of the contracts' Group. */
export const GROUPS = ["standards", "technology", "ethics", "supervision"] as const;

export type GroupName = (typeof GROUPS)[number];

const seats = z
  .array(z.strictObject({ member: z.string(), holder: address }))
  .refine((list) => areDistinct(list.map(({ member }) => member)), "must give each member one seat at most");

export const SCHEMAS = {
  chain: z
    .strictObject({
      /** A chain to try things on: allows the test token and the test keys that everybody knows. */
      test: z.boolean(),
      settlementToken: z.union([z.literal("test"), address], {
        error: 'must be "test", or an address with a right checksum',
      }),
      networks: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), network),
    })
    .refine(({ test, settlementToken }) => test || settlementToken !== "test", {
      path: ["settlementToken"],
      message: 'may be "test" only where "test" is true',
    }),
  roles: z.strictObject({
    admin: holder,
    operator: holders,
    supervision: holders,
    rules: holders,
  }),
  rules: z.strictObject({
    levels: z.tuple([levelRule, levelRule, levelRule, levelRule]),
    prohibitedPurposes: z.array(purpose).refine(areDistinct, "must name each purpose once"),
    maxGrantDays: days,
    alerts: z.strictObject({ maxDenials: count(65_535), windowHours: hours, suspensionHours: hours }),
    sandbox: z.strictObject({ maxSubjects: count(4_294_967_295), maxDays: days }),
    sanctions: z.partialRecord(z.enum(VIOLATIONS), sanction),
    appealDays: z.number().min(1).max(90),
    appealDecisionDays: z.number().min(1).max(90),
    emergency: z
      .strictObject({
        defaultHours: z.number().positive().max(72),
        maxHours: z.number().positive().max(72),
        reviewHours: z.number().min(1).max(720),
      })
      .refine(({ defaultHours, maxHours }) => defaultHours <= maxHours, {
        path: ["defaultHours"],
        message: "must not be more than maxHours",
      }),
    contributions,
  }),
  shares: z
    .strictObject({
      fundFloor: basisPoints,
      /** The rest is for processors. */
      defaultShares: z
        .strictObject({ patients: basisPoints, fund: basisPoints, custodians: basisPoints })
        .refine(
          ({ patients, fund, custodians }) => patients + fund + custodians <= 10_000,
          "must not sum to more than 10000",
        ),
      sharesDelayDays: days,
      claimWindowDays: days,
      pointsReward: z.int().min(1).max(1_000_000),
    })
    .refine(({ fundFloor, defaultShares }) => fundFloor <= defaultShares.fund, {
      path: ["defaultShares", "fund"],
      message: "must not be less than fundFloor",
    }),
  governance: z.strictObject({
    votingDelayHours: hours,
    votingPeriodHours: hours,
    timelockDelayHours: hours,
    quorumPercent: z.int().min(1).max(100),
    seats: z.strictObject({ standards: seats, technology: seats, ethics: seats, supervision: seats }),
  }),
  members: z
    .array(member)
    .refine((members) => areDistinct(members.map(({ key }) => key)), "must have a key of its own for each member")
    .refine(
      (members) => areDistinct(members.map(({ administrator }) => administrator)),
      "must have an administrator of its own for each member",
    ),
};

export type Consortium = { [File in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[File]> } & { name: string };
export type Member = Consortium["members"][number];
export type NetworkSettings = Consortium["chain"]["networks"][string];

function areDistinct(values: string[]): boolean {
  return new Set(values).size === values.length;
}
