import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";
import { http } from "viem";
import type { Io } from "../../cli/src/Io.ts";
import { run } from "../../cli/src/run.ts";
import { ROOT } from "../../scripts/paths.ts";
import { freePort } from "../../scripts/stack/freePort.ts";

type Line = { who: string; text: string };

/** What a shell knows: `PWD`, `CONSILIUM_HOME`, and what its person noted. */
type Shell = Record<string, string>;

/** The commands of the page, in their order, each with whose terminal it is typed at. */
function tutorialLines(): Line[] {
  const page = readFileSync(join(ROOT, "docs/tutorial.md"), "utf8");
  return [...page.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, who, block]) =>
    block!
      .trim()
      .split("\n")
      .map((text) => ({ who: who!, text })),
  );
}

/** `NAME=$(command)`, or a command, which may end with what it ends with. */
const FORM =
  /^(?:(?<name>\w+)=\$\((?=.*\)$))?npx consilium (?<words>.*?)\)?(?<later> &)?(?: # ends with (?<code>\d))?$/;

/** Runs a line that is none of ours by the shell itself. @returns What the shell knows afterwards. */
function runShell(line: string, shell: Shell): Shell {
  const script = `set -ea\n${line}\nenv -0`;
  const env = { PATH: process.env["PATH"], ...shell };
  const answer = execFileSync("bash", ["--norc", "-c", script], {
    cwd: shell["PWD"],
    env,
    encoding: "utf8",
    stdio: "pipe",
  });
  return Object.fromEntries(answer.split("\0").flatMap((one) => [/^(\w+)=([\s\S]*)$/.exec(one)?.slice(1) ?? []]));
}

describe("docs/tutorial.md", () => {
  let server: JsonRpcServer;
  let root: string;
  let stop: () => void;
  let running: Promise<unknown>[];

  before(async () => {
    server = await network.createServer("default", "127.0.0.1");
    mkdirSync(join(ROOT, ".consilium"), { recursive: true });
    root = mkdtempSync(join(ROOT, ".consilium", "tutorial-"));
    running = [];
    stop = () => undefined;
  });

  after(async () => {
    stop();
    await Promise.all(running);
    await server.close();
    rmSync(root, { recursive: true });
  });

  it("leads three people from an empty machine to a verified record, line by line", async () => {
    const chainPort = (await server.listen()).port;
    const gatewayPort = await freePort();
    const stopped = new Promise<void>((done) => (stop = done));
    const shells = new Map<string, Shell>();

    const openIo = (shell: Shell): Io & { outputs: string[]; notes: string[] } => {
      const [outputs, notes]: [string[], string[]] = [[], []];
      return {
        ...{ outputs, notes, directory: shell["PWD"]!, home: shell["CONSILIUM_HOME"]! },
        out: (text) => void outputs.push(text),
        note: (text) => void notes.push(text),
        askSecret: undefined,
        confirm: undefined,
        transport: (url) => http(url, { retryCount: 0 }),
        openLedger: () => Promise.reject(new Error("no device")),
        untilStopped: () => stopped,
      };
    };

    const lines = tutorialLines();
    expect(new Set(lines.map(({ who }) => who))).to.deep.equal(new Set(["operator", "hospital", "researcher"]));
    for (const { who, text } of lines) {
      const shell = shells.get(who) ?? { PWD: ROOT };
      shells.set(who, shell);
      // The page's folder and ports are not ours to take.
      const line = text
        .replaceAll(".consilium/tutorial", relative(ROOT, root))
        .replaceAll("127.0.0.1:8545", `127.0.0.1:${chainPort}`)
        .replace(/\b8455\b/, String(gatewayPort));
      const form = FORM.exec(line)?.groups as Record<string, string | undefined> | undefined;
      if (form === undefined) {
        expect(line).to.not.include("consilium ");
        shells.set(who, runShell(line, shell));
        continue;
      }
      const { name, words, later, code = "0" } = form;
      const io = openIo(shell);
      const argv = [...words!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) =>
        (quoted ?? bare!).replace(/\$(\w+)/g, (_, variable: string) => shell[variable]!),
      );
      if (later !== undefined) {
        running.push(run(argv, io));
        while (io.outputs.length === 0) await new Promise((done) => setTimeout(done, 20));
        continue;
      }
      expect(await run(argv, io), `${text}\n${io.outputs.join("\n")}\n${io.notes.join("\n")}`).to.equal(Number(code));
      if (name !== undefined) shell[name] = io.outputs.join("\n");
    }
    const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
    const { entry } = read("hospital/bundle.json") as { entry: { resource: { id: string } }[] };
    const record = read("researcher/record.json") as { id: string };
    expect(record).to.deep.equal(entry.find(({ resource }) => resource.id === record.id)?.resource);
  });
});
