import { generatePrivateKey } from "viem/accounts";
import type { Command } from "commander";
import type { Hex } from "viem";
import { KeySourceError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { keystorePath, listKeystores, writeKeystore } from "../keys/keystore.ts";
import { addressOfKey } from "../keys/openKey.ts";
import { readPassword } from "../keys/readPassword.ts";
import { table } from "../print/table.ts";
import { act } from "./act.ts";
import type { Session } from "../session/Session.ts";

/** Keys, which never pass through a flag or the environment. */
export function addKeyCommands(program: Command, io: Io): void {
  const key = program.command("key").description("keys of people and machines");

  act(
    key.command("new").description("makes a key and keeps it encrypted").argument("<name>", "of the key, or a file"),
    io,
    async (session, _options, name) => save(session, name, generatePrivateKey()),
  );
  act(
    key
      .command("import")
      .description("keeps a key encrypted that you type or paste unseen")
      .argument("<name>", "of the key, or a file"),
    io,
    async (session, _options, name) => {
      if (io.askSecret === undefined) {
        throw new KeySourceError("There is no terminal to type the key at.", {
          mend: "Run it at a terminal, or bring a keystore file of another program: --key keystore:FILE.",
        });
      }
      await save(session, name, (await io.askSecret("Private key, 0x and 64 hex digits")) as Hex);
    },
  );
  act(key.command("list").description("lists your keys"), io, (session) => {
    const keys = listKeystores(io);
    session.print({
      data: { keys },
      text: table(
        ["Key", "Address"],
        keys.map(({ name, address }) => [name, address]),
      ),
    });
    return Promise.resolve();
  });
  act(key.command("address").description("tells the address of --key"), io, async (session) => {
    const { key: source, passwordFile } = session.settings;
    const address = await addressOfKey({ source, passwordFile, io });
    session.print({ data: { address }, text: address });
  });
}

async function save(session: Session, name: string, secret: Hex): Promise<void> {
  const { io, settings } = session;
  const file = keystorePath(name, io);
  if (settings.dryRun) return session.report({ data: {}, text: "" });
  const password = await readPassword({ io, file: settings.passwordFile, question: "A password for it" });
  if (settings.passwordFile === undefined && (await io.askSecret!("The password once more")) !== password) {
    throw new KeySourceError("The two passwords differ.", { mend: "Nothing was written. Try again." });
  }
  const address = await writeKeystore(file, secret, password);
  session.report({ data: { address, file }, text: `${address}\nKept in ${file}` });
}
