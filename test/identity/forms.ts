import {
  concat,
  Signature,
  solidityPackedKeccak256,
  toBeHex,
  type ContractTransactionResponse,
  type Wallet,
} from "ethers";
import { MAX_UINT256, type World } from "./fixtures.ts";
import type { Act, Value } from "./acts.ts";
import { domainOf } from "./signRecovery.ts";

/** A way in which an owner can act. */
export interface Form {
  name: string;
  kind: "direct" | "legacy" | "typed";
  /** The owner is a contract wallet. */
  isContract: boolean;
  /** Sent by another than the one who signs. */
  isRelayed: boolean;
}

export const FORMS: Form[] = [
  { name: "direct", kind: "direct", isContract: false, isRelayed: false },
  { name: "direct, through a contract wallet", kind: "direct", isContract: true, isRelayed: false },
  { name: "ERC-1056 signed", kind: "legacy", isContract: false, isRelayed: false },
  { name: "ERC-1056 signed and relayed", kind: "legacy", isContract: false, isRelayed: true },
  { name: "EIP-712 signed", kind: "typed", isContract: false, isRelayed: false },
  { name: "EIP-712 signed and relayed", kind: "typed", isContract: false, isRelayed: true },
  { name: "EIP-712 signed for a contract wallet and relayed", kind: "typed", isContract: true, isRelayed: true },
];

export interface Vrs {
  v: number;
  r: string;
  s: string;
}

/** What a test gets wrong on purpose. */
export interface Deviation {
  /** Whose key is used. */
  key?: Wallet;
  /** The identity that is acted for, if not the one that was signed. */
  identity?: string;
  /** The registry that is called, if not the one that was signed. */
  target?: World["registry"];
  nonce?: bigint;
  deadline?: bigint;
  chainId?: bigint;
  alter?: (signature: Vrs) => Vrs;
}

export function identityOf({ child, ward }: World, { isContract }: Form): string {
  return isContract ? ward.address : child.address;
}

export async function ownerOf({ owner, contractOwner }: World, { isContract }: Form): Promise<string> {
  return isContract ? contractOwner.getAddress() : owner.address;
}

export function keyOf({ owner, contractSigner }: World, { isContract }: Form): Wallet {
  return isContract ? contractSigner : owner;
}

/** Does `act` in the given form, on the identity that the world keeps for it. */
export async function perform(
  world: World,
  form: Form,
  act: Pick<Act, "name" | "fields" | "namesSigner">,
  args: Value[],
  deviation: Deviation = {},
): Promise<ContractTransactionResponse> {
  const { registry, relayer, contractOwner } = world;
  const identity = identityOf(world, form);
  const key = deviation.key ?? keyOf(world, form);
  const target = deviation.target ?? registry;
  const actedFor = deviation.identity ?? identity;

  if (form.kind === "direct") {
    if (!form.isContract) return target.connect(key).getFunction(act.name)(actedFor, ...args);
    const data = target.interface.encodeFunctionData(act.name as "changeOwner", [actedFor, ...args] as never);
    return contractOwner.connect(key).execute(target, data);
  }

  const signer = await ownerOf(world, form);
  const nonce = deviation.nonce ?? (await registry.nonce(signer));
  const alter = deviation.alter ?? ((signature: Vrs) => signature);
  const sender = form.isRelayed ? relayer : keyOf(world, form);

  if (form.kind === "legacy") {
    const digest = solidityPackedKeccak256(
      ["bytes2", "address", "uint256", "address", "string", ...act.fields.map(({ type }) => type)],
      ["0x1900", await registry.getAddress(), nonce, identity, act.name, ...args],
    );
    const { v, r, s } = alter(key.signingKey.sign(digest));
    return target.connect(sender).getFunction(`${act.name}Signed`)(actedFor, v, r, s, ...args);
  }

  const deadline = deviation.deadline ?? MAX_UINT256;
  const domain = await domainOf(registry);
  const types = {
    [`${act.name[0]!.toUpperCase()}${act.name.slice(1)}`]: [
      { type: "address", name: "identity" },
      ...act.fields,
      { type: "uint256", name: "nonce" },
      { type: "uint256", name: "deadline" },
    ],
  };
  const message = { identity, ...valuesByName(act, args), nonce, deadline };
  const signed = await key.signTypedData({ ...domain, chainId: deviation.chainId ?? domain.chainId! }, types, message);
  const { v, r, s } = alter(Signature.from(signed));
  const signature = concat([r, s, toBeHex(v)]);
  const named = act.namesSigner ? [signer] : [];
  return target.connect(sender).getFunction(`${act.name}BySignature`)(actedFor, ...args, ...named, deadline, signature);
}

function valuesByName({ fields }: Pick<Act, "fields">, args: Value[]): Record<string, Value> {
  const [first] = args;
  if (typeof first === "object") return { ...first } as unknown as Record<string, Value>;
  return Object.fromEntries(fields.map(({ name }, i) => [name, args[i]!]));
}
