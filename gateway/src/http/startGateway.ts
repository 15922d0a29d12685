import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import type { Hex } from "viem";
import { WalletMissingError, type Call, type Suite } from "@consilium/sdk";
import { ListenError } from "../errors.ts";
import { destroyEnded, type DestroyEndedReturnType } from "../vault/destroyEnded.ts";
import { openCustodianChain } from "../vault/openCustodianChain.ts";
import type { Vault } from "../vault/Vault.ts";
import { addRoutes } from "./addRoutes.ts";
import { Deliveries } from "./Deliveries.ts";
import { KeyRevoker } from "./KeyRevoker.ts";
import { openServer, type Server } from "./openServer.ts";
import { Sessions } from "./Sessions.ts";
import { sendLogged } from "./sendLogged.ts";
import { settingsSchema, type SettingsInput } from "./Settings.ts";
import { startJob } from "./startJob.ts";
import { Turns } from "./Turns.ts";

export interface StartGatewayParameters {
  /** Opened with the wallet of a GATEWAY agent of the custodian. */
  suite: Suite;
  vault: Vault;
  /** See `readSettings`. */
  settings?: SettingsInput;
  /** Where the log's lines go; standard output unless said. */
  logTo?: Writable;
}

/** A gateway that runs. */
export interface Gateway {
  /** Where requesters find it. */
  url: string;
  /** Looks at once for grants that ended, instead of waiting for the next regular look; says how many keys were revoked. */
  revokeKeys(): Promise<number>;
  /** Destroys at once what is over, and attests it, instead of waiting for the next regular look. */
  destroyEnded(): Promise<DestroyEndedReturnType>;
  /** Takes no more calls, finishes those under way, ends a destruction between two records, and ends. The vault stays open. */
  stop(): Promise<void>;
}

/**
 * Starts a custodian's gateway.
 *
 * @throws WalletMissingError if the suite was opened without a wallet.
 * @throws ListenError if host or port cannot be had, such as a port in use.
 */
export async function startGateway({ suite, vault, settings: given, logTo }: StartGatewayParameters): Promise<Gateway> {
  if (suite.wallet === undefined) throw new WalletMissingError();
  const settings = settingsSchema.parse(given ?? {});
  const server = await openServer(settings, logTo);
  const publicUrl = (): URL => new URL(settings.publicUrl ?? listenedOn(server));
  const sending = new Turns(1);
  const sessions = new Sessions(suite, publicUrl, settings.sessionSeconds);
  const deliveries = new Deliveries({ suite, vault, settings, sending });
  addRoutes(server, { suite, vault, settings, sessions, deliveries, publicUrl });

  const { host, port } = settings;
  await server.listen({ host, port }).catch(async (error: NodeJS.ErrnoException) => {
    await server.close();
    throw error.syscall === undefined ? error : new ListenError(`${host}:${port}`, error);
  });
  const revoker = new KeyRevoker({ suite, vault, settings, sending });
  const revocations = startJob({
    ...{ log: server.log, seconds: settings.revocationSeconds },
    work: async () => ({ revoked: await revoker.run() }),
    messages: {
      starts: "looks for grants that ended; 0: only when asked",
      ...{ done: "keys revoked", failed: "not revoked" },
    },
  });
  const send = (call: Call): Promise<Hex> =>
    sendLogged({ suite, turns: sending, call, seconds: settings.receiptSeconds });
  const destructions = startJob({
    ...{ log: server.log, seconds: settings.destructionSeconds },
    work: async (signal) => {
      const openChain = () => openCustodianChain({ suite, send });
      const { destroyed, attested } = await destroyEnded({ vault, openChain, signal });
      return { destroyed, attestedBatches: attested.batches, attestedRecords: attested.records };
    },
    messages: {
      starts: "looks for records whose retention is over; 0: only when asked",
      ...{ done: "records destroyed, or their destruction attested", failed: "not all destroyed and attested" },
    },
  });
  return {
    url: publicUrl().origin,
    revokeKeys: async () => (await revocations.run()).revoked,
    destroyEnded: async () => {
      const { destroyed, attestedBatches: batches, attestedRecords: records } = await destructions.run();
      return { destroyed, attested: { batches, records } };
    },
    stop: async () => {
      await Promise.all([server.close(), revocations.stop(), destructions.stop()]);
    },
  };
}

function listenedOn({ server }: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
