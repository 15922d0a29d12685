import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  AbiCoder,
  type BaseContract,
  encodeBytes32String,
  getBytes,
  Interface,
  type InterfaceAbi,
  keccak256,
  Signature,
  toBeHex,
  ZeroAddress,
  ZeroHash,
} from "ethers";
import type { Hex } from "viem";
import { connection, networkHelpers } from "../../test/fixtures/consilium.ts";
import type { GasKey } from "./bars.ts";
import { compilePeer, type CompiledContract, packageDirectory } from "./compilePeer.ts";
import { gasOf, hashOf } from "./measureOurs.ts";
import { foldProof } from "./measureRevenue.ts";

export interface PeerFigure {
  /** The cheapest peer that does it, if any. */
  best?: { name: string; gas: number };
  /** Of a peer that npm does not carry, by its own account. */
  published?: string;
  /** A minimal contract that writes the slot and logs the same number of bytes, without a check. */
  floor?: number;
}

export type PeerFigures = Partial<Record<GasKey, PeerFigure>>;

type Send = (...args: unknown[]) => Parameters<typeof gasOf>[0];
type Peer = BaseContract & Record<string, Send>;

const PUBLISHED: PeerFigures = {
  "revenue.deposit.first": { published: "168,032 0xSplits, 10 payees\n1,044,017 0xSplits, 100 payees" },
  "revenue.claim.later": { published: "52,242 0xSplits" },
};

const { ethers } = connection;
const YEAR = 365 * 86_400;
const EAS = packageDirectory("@ethereum-attestation-service/eas-contracts");

/** Measures the peers that npm carries, and floors, on the same simulated chain. */
export async function measurePeers(): Promise<PeerFigures> {
  const [owner, other, third] = (await ethers.getSigners()).slice(30) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  return mergeFigures(
    await measureErc1056(owner, other, third),
    await measureEas(owner),
    await measurePaymentSplitter(owner, other),
    PUBLISHED,
    await measureFloors(owner, third),
  );
}

async function deploy(from: HardhatEthersSigner, compiled: CompiledContract, ...args: unknown[]): Promise<Peer> {
  const factory = new ethers.ContractFactory(new Interface(compiled.abi as InterfaceAbi), compiled.bytecode, from);
  const contract = await factory.deploy(...args);
  await contract.waitForDeployment();
  return contract as Peer;
}

async function measureErc1056(
  owner: HardhatEthersSigner,
  other: HardhatEthersSigner,
  third: HardhatEthersSigner,
): Promise<PeerFigures> {
  const file = join(packageDirectory("ethr-did-registry"), "contracts/EthereumDIDRegistry.sol");
  const registry = await deploy(owner, compilePeer({ file, contract: "EthereumDIDRegistry" }));
  const name = encodeBytes32String("did/pub/Secp256k1/veriKey/hex");
  const key = (n: number): string => `0x02${keccak256(toBeHex(n)).slice(2)}`;
  const attribute = (n: number): Promise<number> => gasOf(registry["setAttribute"]!(owner.address, name, key(n), YEAR));
  const hand = (from: HardhatEthersSigner, to: HardhatEthersSigner): Promise<number> =>
    gasOf((registry.connect(from) as Peer)["changeOwner"]!(other.address, to.address));
  const peer = (gas: number): PeerFigure => ({ best: { name: "ERC-1056", gas } });
  return {
    "did.setAttribute.first": peer(await attribute(1)),
    "did.setAttribute.later": peer(await attribute(2)),
    "did.changeOwner.first": peer(await hand(other, third)),
    "did.changeOwner.later": peer(await hand(third, owner)),
  };
}

async function measureEas(owner: HardhatEthersSigner): Promise<PeerFigures> {
  const compile = (contract: string): CompiledContract =>
    compilePeer({ file: join(EAS, `contracts/${contract}.sol`), contract, compiler: "solc-0-8-29" });
  const schemas = await deploy(owner, compile("SchemaRegistry"));
  const eas = await deploy(owner, compile("EAS"), await schemas.getAddress());
  const schemaText = "uint256 policy,bytes32 notice,uint256 salt";
  await gasOf(schemas["register"]!(schemaText, ZeroAddress, true));
  const schema = ethers.solidityPackedKeccak256(["string", "address", "bool"], [schemaText, ZeroAddress, true]);
  // Three words, as few as a consent can be told in.
  const data = (n: number): Record<string, unknown> => ({
    recipient: owner.address,
    expirationTime: 0,
    revocable: true,
    refUID: ZeroHash,
    data: AbiCoder.defaultAbiCoder().encode(
      ["uint256", "bytes32", "uint256"],
      [hashOf(`policy ${n}`), hashOf("notice"), hashOf(`eas ${n}`)],
    ),
    value: 0,
  });
  await gasOf(eas["attest"]!({ schema, data: data(0) }));
  const attest = await gasOf(eas["attest"]!({ schema, data: data(1) }));
  const uid = await latestUid(eas);
  const revoke = await gasOf(eas["revoke"]!({ schema, data: { uid, value: 0 } }));
  const many = Array.from({ length: 50 }, (_, n) => data(n + 10));
  const multi = await gasOf(eas["multiAttest"]!([{ schema, data: many }]), 50);
  const timestamp = await gasOf(eas["timestamp"]!(hashOf("root")));
  const timestamps = Array.from({ length: 50 }, (_, n) => hashOf(`root ${n}`));
  const multiTimestamp = await gasOf(eas["multiTimestamp"]!(timestamps), 50);

  const deadline = (await networkHelpers.time.latest()) + YEAR;
  const signed = data(2);
  const signature = await owner.signTypedData(
    {
      name: "EAS",
      version: "1.4.0",
      chainId: connection.networkConfig.chainId!,
      verifyingContract: await eas.getAddress(),
    },
    {
      Attest: [
        { name: "attester", type: "address" },
        { name: "schema", type: "bytes32" },
        { name: "recipient", type: "address" },
        { name: "expirationTime", type: "uint64" },
        { name: "revocable", type: "bool" },
        { name: "refUID", type: "bytes32" },
        { name: "data", type: "bytes" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint64" },
      ],
    },
    { attester: owner.address, schema, ...signed, nonce: 0, deadline },
  );
  const { v, r, s } = Signature.from(signature);
  const delegated = await gasOf(
    eas["attestByDelegation"]!({ schema, data: signed, signature: { v, r, s }, attester: owner.address, deadline }),
  );

  const peer = (name: string, gas: number): PeerFigure => ({ best: { name: `EAS ${name}`, gas } });
  return {
    "consent.give": peer("attest", attest),
    "consent.giveBySignature": peer("attestByDelegation", delegated),
    "consent.giveMany50.each": peer("multiAttest", multi),
    "consent.withdraw": peer("revoke", revoke),
    "record.anchor": peer("timestamp", timestamp),
    "record.anchorIndexed500.each": peer("multiTimestamp", multiTimestamp),
  };
}

/** Of ten payees. A deposit is a transfer that it knows nothing of; each claim divides all that ever came in. */
async function measurePaymentSplitter(owner: HardhatEthersSigner, payee: HardhatEthersSigner): Promise<PeerFigures> {
  const file = join(packageDirectory("openzeppelin-contracts-4"), "finance/PaymentSplitter.sol");
  const payees = [payee.address, ...Array.from({ length: 9 }, (_, n) => ethers.zeroPadValue(toBeHex(n + 1), 20))];
  const splitter = await deploy(
    owner,
    compilePeer({ file, contract: "PaymentSplitter" }),
    payees,
    payees.map(() => 1),
  );
  const token = await ethers.deployContract("TestToken", ["Units", "UNIT", 18], owner);
  await gasOf(token.mint(owner, 2_000_000));

  const deposit = (): Promise<number> => gasOf(token.transfer(splitter, 1_000_000));
  const claim = (): Promise<number> => gasOf(splitter["release(address,address)"]!(token, payee.address));
  const peer = (gas: number): PeerFigure => ({ best: { name: "PaymentSplitter", gas } });
  return {
    "revenue.deposit.first": peer(await deposit()),
    "revenue.claim.first": peer(await claim()),
    "revenue.deposit.later": peer(await deposit()),
    "revenue.claim.later": peer(await claim()),
  };
}

/** The uid is the only word of Attested that is not indexed. */
async function latestUid(eas: Peer): Promise<string> {
  const logs = await ethers.provider.getLogs({ address: await eas.getAddress(), fromBlock: "latest" });
  return logs[0]!.data;
}

async function measureFloors(owner: HardhatEthersSigner, payee: HardhatEthersSigner): Promise<PeerFigures> {
  const file = join(import.meta.dirname, "contracts/Floor.sol");
  const floor = await deploy(owner, compilePeer({ file, contract: "Floor" }));
  const word = BigInt(hashOf("word"));
  const bytes = (words: number, n: number): Uint8Array =>
    getBytes(ethers.concat(Array.from({ length: words }, (_, i) => hashOf(`data ${n} ${i}`))));
  const note = (key: string, words: number, n: number): Promise<number> =>
    gasOf(floor["note"]!(hashOf(key), word + BigInt(n), bytes(words, n)));
  const figure = (gas: number): PeerFigure => ({ floor: gas });

  const keys = Array.from({ length: 50 }, (_, n) => hashOf(`many ${n}`));
  const consent = 10;
  const signedBytes = bytes(consent, 99);
  const digest = keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "bytes32", "uint256", "bytes"],
      [connection.networkConfig.chainId!, await floor.getAddress(), hashOf("signed"), word, signedBytes],
    ),
  );
  const signer = ethers.Wallet.createRandom();
  const signature = signer.signingKey.sign(digest).serialized;

  const proven = (key: string, depth: number): { root: Hex; proof: Hex[] } => {
    const proof = Array.from({ length: depth }, (_, n) => hashOf(`sibling ${n}`));
    return { root: foldProof(hashOf(key), proof), proof };
  };
  const asked = proven("request", 10);
  const owed = proven("position", 16);
  const token = await ethers.deployContract("TestToken", ["Units", "UNIT", 18], owner);
  await gasOf(token.mint(owner, 2_000_000));
  await gasOf(token.approve(floor, 2_000_000));
  const take = (n: number): Promise<number> => gasOf(floor["take"]!(token, 1_000_000, hashOf("account"), bytes(6, n)));
  await take(1);
  const position = [hashOf("position"), bytes(2, 1)] as const;
  return {
    "did.setAttribute.first": figure(await note("did", 4, 1)),
    "did.setAttribute.later": figure(await note("did", 4, 2)),
    "did.changeOwner.first": figure(await note("owner", 2, 1)),
    "did.changeOwner.later": figure(await note("owner", 2, 2)),
    "consent.give": figure(await note("consent", consent, 1)),
    "consent.giveBySignature": figure(
      await gasOf(floor["noteSigned"]!(hashOf("signed"), word, signedBytes, signature)),
    ),
    "consent.giveMany50.each": figure(
      await gasOf(
        floor["noteMany"]!(
          keys,
          word,
          keys.map((_, n) => bytes(consent, n)),
        ),
        50,
      ),
    ),
    "consent.withdraw": figure(await note("consent", 1, 2)),
    "consent.withdrawAll": figure(await note("all", 2, 1)),
    "record.anchor": figure(await note("anchor", 5, 1)),
    "record.anchor1024.each": figure((await note("anchor 2", 5, 1)) / 1_024),
    "record.anchorIndexed500.each": figure(
      await gasOf(
        floor["noteBatch"]!(
          hashOf("batch"),
          word,
          Array.from({ length: 1_500 }, (_, n) => hashOf(`leaf ${n}`)),
        ),
        500,
      ),
    ),
    "access.request": figure(
      await gasOf(floor["noteProven"]!(asked.root, hashOf("request"), word, bytes(12, 1), asked.proof)),
    ),
    "revenue.deposit.later": figure(await take(2)),
    "revenue.claim.first": figure(
      await gasOf(floor["giveProven"]!(token, payee, 500_000, owed.root, ...position, owed.proof)),
    ),
    "revenue.claim.later": figure(await gasOf(floor["give"]!(token, payee, 500_000, ...position))),
  };
}

function mergeFigures(...all: PeerFigures[]): PeerFigures {
  const merged: PeerFigures = {};
  for (const figures of all) {
    for (const key of Object.keys(figures) as GasKey[]) merged[key] = { ...merged[key], ...figures[key] };
  }
  return merged;
}
