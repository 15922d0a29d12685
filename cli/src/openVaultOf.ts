import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RecordChain, Vault } from "@consilium/gateway";
import type { Session } from "./session/Session.ts";

/**
 * Opens the custodian's vault: as `consilium.json` says, or in `vault/` of the person's own folder, which is made at the first call
 * with a fresh master key. The gateway's workspace is loaded by those commands alone that need it, since it takes its time.
 */
export async function openVaultOf({ io, settings }: Session): Promise<Vault> {
  const { createMasterKey, openVault, readMasterKey } = await import("@consilium/gateway");
  const folder = join(io.home, "vault");
  const {
    database = `sqlite:${join(folder, "vault.sqlite")}`,
    blobs = join(folder, "blobs"),
    masterKey,
  } = settings.vault ?? {};
  const keyFile = masterKey === undefined ? join(folder, "master.key") : resolve(io.directory, masterKey);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (masterKey === undefined && !existsSync(keyFile)) {
    await createMasterKey(keyFile);
    io.note(
      `Made the vault's master key ${keyFile}. Without it nothing in the vault opens: back it up apart from the vault.`,
    );
  }
  return openVault({ database, blobs, masterKey: await readMasterKey(keyFile) });
}

/** The custodian's way to the RecordRegistry, by the session's key. */
export async function openChainOf(session: Session): Promise<RecordChain> {
  const { openCustodianChain } = await import("@consilium/gateway");
  return openCustodianChain({ suite: await session.signing() });
}
