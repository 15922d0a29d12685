import { id, Wallet, type HDNodeWallet } from "ethers";
import { network } from "hardhat";
import type { PatientRegistry } from "../../types/index.js";

export const { ethers, networkHelpers } = await network.create();

/** A wallet whose key follows from its name, so that tests can sign any digest with it. */
export function walletOf(name: string): Wallet {
  return new Wallet(id(`Consilium test wallet: ${name}`), ethers.provider);
}

export async function fundedWallet(name: string): Promise<Wallet> {
  const wallet = walletOf(name);
  await networkHelpers.setBalance(wallet.address, ethers.parseEther("100"));
  return wallet;
}

export async function deployPatientRegistry(): Promise<PatientRegistry> {
  return ethers.deployContract("PatientRegistry");
}
