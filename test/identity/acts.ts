import {
  AbiCoder,
  encodeBytes32String,
  keccak256,
  type ContractTransactionResponse,
  type TypedDataField,
} from "ethers";
import { signRecovery } from "./signRecovery.ts";
import { DAY, mandateWord, time, type World } from "./fixtures.ts";

export interface Setup {
  helpers: string[];
  threshold: number;
  delay: number;
}
export type Value = string | number | bigint | Setup;

/** Does an act as the identity's owner, by a plain transaction. */
export type Direct = (name: string, args: Value[]) => Promise<ContractTransactionResponse>;

interface Done {
  world: World;
  owner: string;
  args: Value[];
  now: number;
  /** Block of the DID's event before. */
  previous: bigint;
}

/** Something that only an identity's owner may do. */
export interface Act {
  /** The direct function; the names of the signed ones and of the typed data follow from it. */
  name: string;
  /** What the typed data says between `identity` and `nonce`. */
  fields: TypedDataField[];
  /** ERC-1056 has a signed form of its own for it. */
  isErc1056: boolean;
  /** The EIP-712 form is told who signs, since not only the owner may. */
  namesSigner: boolean;
  /** The direct form uses up the caller's nonce too, so that no choice signed before can follow it. */
  spendsNonce?: boolean;
  /** What comes after `identity`. */
  args: (world: World) => Promise<Value[]>;
  /** What must have happened before. */
  prepare?: (world: World, identity: string, direct: Direct) => Promise<void>;
  event: string;
  /** The event's arguments after `identity`. */
  eventArgs: (done: Done) => unknown[];
}

export const PUBLIC_KEY_NAME = encodeBytes32String("did/pub/Secp256k1/veriKey/hex");
export const VERI_KEY = encodeBytes32String("veriKey");
const PUBLIC_KEY = `0x02${"5c".repeat(32)}`;

export function hashOfSetup({ helpers, threshold, delay }: Setup): string {
  const type = "tuple(address[] helpers,uint8 threshold,uint40 delay)";
  return keccak256(AbiCoder.defaultAbiCoder().encode([type], [{ helpers, threshold, delay }]));
}

export function setupOf(world: World): Setup {
  return { helpers: world.helpers.map((helper) => helper.address), threshold: 2, delay: 3 * DAY };
}

const field = (declaration: string): TypedDataField => {
  const [type, name] = declaration.split(" ") as [string, string];
  return { type, name };
};

export const ACTS: Act[] = [
  {
    name: "changeOwner",
    fields: ["address newOwner"].map(field),
    isErc1056: true,
    namesSigner: false,
    args: async ({ stranger }) => [stranger.address],
    event: "DIDOwnerChanged",
    eventArgs: ({ args: [newOwner], previous }) => [newOwner, previous],
  },
  {
    name: "addDelegate",
    fields: ["bytes32 delegateType", "address delegate", "uint256 validity"].map(field),
    isErc1056: true,
    namesSigner: false,
    args: async ({ delegate }) => [VERI_KEY, delegate.address, DAY],
    event: "DIDDelegateChanged",
    eventArgs: ({ args: [type, delegate], now, previous }) => [type, delegate, now + DAY, previous],
  },
  {
    name: "revokeDelegate",
    fields: ["bytes32 delegateType", "address delegate"].map(field),
    isErc1056: true,
    namesSigner: false,
    args: async ({ delegate }) => [VERI_KEY, delegate.address],
    event: "DIDDelegateChanged",
    eventArgs: ({ args: [type, delegate], now, previous }) => [type, delegate, now, previous],
  },
  {
    name: "setAttribute",
    fields: ["bytes32 name", "bytes value", "uint256 validity"].map(field),
    isErc1056: true,
    namesSigner: false,
    args: async () => [PUBLIC_KEY_NAME, PUBLIC_KEY, DAY],
    event: "DIDAttributeChanged",
    eventArgs: ({ args: [name, value], now, previous }) => [name, value, now + DAY, previous],
  },
  {
    name: "revokeAttribute",
    fields: ["bytes32 name", "bytes value"].map(field),
    isErc1056: true,
    namesSigner: false,
    args: async () => [PUBLIC_KEY_NAME, PUBLIC_KEY],
    event: "DIDAttributeChanged",
    eventArgs: ({ args: [name, value], previous }) => [name, value, 0, previous],
  },
  {
    name: "appointGuardian",
    fields: ["address guardian", "address coGuardian", "uint40 assentFrom", "uint40 majority"].map(field),
    isErc1056: false,
    namesSigner: false,
    args: async ({ guardian, delegate }) => {
      const now = await time.latest();
      return [guardian.address, delegate.address, now + 100 * DAY, now + 365 * DAY];
    },
    event: "GuardianAppointed",
    eventArgs: ({ args: [guardian, coGuardian, assentFrom, majority], now }) => [
      guardian,
      coGuardian,
      now,
      assentFrom,
      majority,
    ],
  },
  {
    name: "giveMandate",
    fields: ["address delegate", "uint256 mandate"].map(field),
    isErc1056: false,
    namesSigner: true,
    args: async ({ delegate }) => [delegate.address, mandateWord(0, (await time.latest()) + 365 * DAY)],
    event: "MandateGiven",
    eventArgs: ({ args: [delegate, mandate] }) => [delegate, mandate],
  },
  {
    name: "endMandate",
    fields: ["address delegate"].map(field),
    isErc1056: false,
    namesSigner: true,
    args: async ({ delegate }) => [delegate.address],
    prepare: async ({ delegate }, _identity, direct) => {
      await direct("giveMandate", [delegate.address, mandateWord(0, (await time.latest()) + 365 * DAY)]);
    },
    event: "MandateEnded",
    eventArgs: ({ args: [delegate] }) => [delegate],
  },
  {
    name: "setPayout",
    fields: ["address to"].map(field),
    isErc1056: false,
    namesSigner: true,
    spendsNonce: true,
    args: async ({ stranger }) => [stranger.address],
    event: "PayoutChanged",
    eventArgs: ({ args: [to], owner }) => [to, owner],
  },
  {
    name: "setRecovery",
    fields: ["address[] helpers", "uint8 threshold", "uint40 delay"].map(field),
    isErc1056: false,
    namesSigner: false,
    args: async (world) => [setupOf(world)],
    event: "RecoverySetupChanged",
    eventArgs: ({ args: [setup], now }) => [hashOfSetup(setup as Setup), now],
  },
  {
    name: "cancelRecovery",
    fields: [],
    isErc1056: false,
    namesSigner: false,
    args: async () => [],
    prepare: async (world, identity, direct) => {
      const { registry, relayer, helpers } = world;
      await direct("setRecovery", [setupOf(world)]);
      const newOwner = relayer.address;
      const parameters = await signRecovery(registry, { identity, newOwner, setup: setupOf(world), signers: helpers });
      await registry.connect(relayer).startRecovery(...parameters);
    },
    event: "RecoveryCancelled",
    eventArgs: ({ world }) => [world.relayer.address],
  },
];
