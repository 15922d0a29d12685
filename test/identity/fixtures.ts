import { ZeroAddress, id, Wallet } from "ethers";
import { network } from "hardhat";
import type { Erc1271Wallet, PatientRegistry } from "../../types/index.js";

export const { ethers, networkHelpers } = await network.create();
export const { loadFixture, time } = networkHelpers;

export const DAY = 86_400;
export const MAX_UINT40 = 2n ** 40n - 1n;
export const MAX_UINT256 = 2n ** 256n - 1n;

/** @dev The order of the contracts' enum. */
export const Authority = { NONE: 0n, SELF: 1n, GUARDIAN: 2n, DELEGATE: 3n, JOINT: 4n } as const;

/** A funded wallet whose key follows from its name, so that tests can sign any digest with it. */
export async function walletOf(name: string): Promise<Wallet> {
  const wallet = new Wallet(id(`Consilium test wallet: ${name}`), ethers.provider);
  await networkHelpers.setBalance(wallet.address, ethers.parseEther("100"));
  return wallet;
}

/** A policy word that says no more than how long it holds. */
export function mandateWord(validFrom: number, validUntil: number): bigint {
  return (BigInt(validFrom) << 104n) | (BigInt(validUntil) << 144n);
}

export interface World {
  registry: PatientRegistry;
  /** Identities: `patient` owns itself, `child` belongs to `owner`, `ward` to `contractOwner`. */
  patient: Wallet;
  child: Wallet;
  ward: Wallet;
  owner: Wallet;
  /** A contract wallet, and who signs for it. */
  contractOwner: Erc1271Wallet;
  contractSigner: Wallet;
  guardian: Wallet;
  delegate: Wallet;
  relayer: Wallet;
  stranger: Wallet;
  /** Ascending by address. */
  helpers: Wallet[];
}

export async function deployPatients(): Promise<World> {
  const registry = await ethers.deployContract("PatientRegistry", [ZeroAddress]);
  const names = ["patient", "child", "ward", "owner", "signer", "guardian", "delegate", "relayer", "stranger"];
  const [patient, child, ward, owner, contractSigner, guardian, delegate, relayer, stranger] = (await Promise.all(
    names.map(walletOf),
  )) as [Wallet, Wallet, Wallet, Wallet, Wallet, Wallet, Wallet, Wallet, Wallet];
  const contractOwner = await ethers.deployContract("Erc1271Wallet", [contractSigner.address]);
  const helpers = await Promise.all(["helper 1", "helper 2", "helper 3"].map(walletOf));
  helpers.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

  await registry.connect(child).changeOwner(child, owner);
  await registry.connect(ward).changeOwner(ward, contractOwner);
  return {
    registry,
    patient,
    child,
    ward,
    owner,
    contractOwner,
    contractSigner,
    guardian,
    delegate,
    relayer,
    stranger,
    helpers,
  };
}
