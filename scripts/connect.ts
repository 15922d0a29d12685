import hre from "hardhat";
import { configVariable } from "hardhat/config";
import type { NetworkConnection } from "hardhat/types/network";
import type { Consortium, NetworkSettings } from "./config/schemas.ts";
import { ConfigError, DeploymentError } from "./errors.ts";

export type ConnectParameters = {
  consortium: Consortium;
  /** Name in the consortium's chain.json, or of an HTTP network in hardhat.config.ts. */
  network: string;
  /** Stands in for the URL of the settings. */
  url?: string | undefined;
};

/** How to send, and how to read, on this chain. */
export type ChainSettings = Pick<NetworkSettings, "chainId" | "freeGas" | "logRange">;

export type Connection = NetworkConnection<"l1"> & { settings: ChainSettings };

/** Connects to a chain, and makes sure that it is the one meant. */
export async function connect({ consortium, network, url }: ConnectParameters): Promise<Connection> {
  const configured = consortium.chain.networks[network];
  const connection = await (configured === undefined
    ? connectByHardhatConfig(consortium, network, url)
    : hre.network.create({
        network: "rpc",
        chainType: "l1",
        override: {
          url: url ?? configured.url,
          accounts: configured.accounts === "node" ? "remote" : configured.accounts.map((name) => configVariable(name)),
          gasPrice: configured.freeGas ? 0n : "auto",
        },
      }));

  const chainId = await askChainId(connection, consortium, url ?? configured?.url ?? network);
  if (configured !== undefined && chainId !== configured.chainId) {
    throw new DeploymentError(`The chain has id ${chainId}, but ${network} is chain ${configured.chainId}.`, {
      mend: `Check url and chainId of ${network} in config/${consortium.name}/chain.json.`,
    });
  }
  const { gasPrice } = connection.networkConfig;
  return Object.assign(connection, { settings: configured ?? { chainId, freeGas: gasPrice === 0n, logRange: 5_000 } });
}

function connectByHardhatConfig(
  consortium: Consortium,
  network: string,
  url: string | undefined,
): Promise<NetworkConnection<"l1">> {
  if (hre.config.networks[network]?.type !== "http") {
    const known = Object.keys(consortium.chain.networks).join(", ");
    throw new ConfigError([`config/${consortium.name}/chain.json: networks has no "${network}"; known: ${known}`]);
  }
  return hre.network.create({ network, chainType: "l1", ...(url !== undefined && { override: { url } }) });
}

async function askChainId(
  { provider }: NetworkConnection<"l1">,
  { name }: Consortium,
  target: string,
): Promise<number> {
  try {
    return Number(await provider.request({ method: "eth_chainId" }));
  } catch (cause) {
    throw new DeploymentError(`No chain answers at ${target}.`, {
      mend: `Start the node, or name its URL in config/${name}/chain.json or by --url.`,
      cause,
    });
  }
}
