import { join } from "node:path";
import type { Command } from "commander";
import { bytesToHex } from "viem";
import type { Hex } from "viem";
import { callOf, ENCRYPTION_KEY_ATTRIBUTE, generateEncryptionKey } from "@consilium/sdk";
import type { Io } from "../Io.ts";
import { openSecret, writeSecret } from "../keys/keystore.ts";
import { readPassword } from "../keys/readPassword.ts";
import { parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The key to which gateways seal what opens a record. */
export function addEncryptionKeyCommands(program: Command, io: Io): void {
  const publish = program
    .command("encryption-key")
    .description("the key to which gateways seal records for you")
    .command("publish")
    .description(
      "makes one, keeps it encrypted under the password of --password-file or asked for, and publishes its public half",
    )
    .option("--validity <period>", "how long gateways may use it, such as 90d", parseTime, "365d" as TimeText);
  act<{ validity: TimeText }>(publish, io, async (session, { validity }) => {
    const { address } = await session.key();
    const { publicKey, privateKey, id } = await generateEncryptionKey();
    const args = [address, ENCRYPTION_KEY_ATTRIBUTE, bytesToHex(publicKey), BigInt(timeOf(validity, 0))] as const;
    // Kept before it is published: nothing may be sealed to a key that is lost.
    if (!session.settings.dryRun) {
      await writeSecret(secretPath(session, id), bytesToHex(privateKey), await password(session, id));
    }
    const { receipt } = await session.send(
      "Publish the encryption key",
      callOf("PatientRegistry", "setAttribute", args),
    );
    session.report({
      data: { encryptionKey: id, address, transaction: receipt?.transactionHash },
      text: `Encryption key ${id} of ${address} is published.`,
    });
  });
}

/** The private half of an encryption key that `publish` kept. @throws KeySourceError if it is not here, or does not open. */
export async function openEncryptionKey(session: Session, id: Hex): Promise<Hex> {
  return openSecret(secretPath(session, id), await password(session, id));
}

function secretPath({ io }: Session, id: Hex): string {
  return join(io.home, "encryption", `${id}.json`);
}

function password({ io, settings }: Session, id: Hex): Promise<string> {
  const { passwordFile: file } = settings;
  return readPassword({ io, file, question: `Password of the encryption key ${id.slice(0, 10)}…` });
}
