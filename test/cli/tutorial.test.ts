import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";
import { http } from "viem";
import type { Io } from "../../cli/src/Io.ts";
import { run } from "../../cli/src/run.ts";
import { ROOT } from "../../scripts/paths.ts";
import { freePort } from "../../scripts/stack/freePort.ts";

type Line = { who: string; text: string };

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

/** `NAME=$(command | jq -r .path)`, or a command, which may end with what it ends with. */
const FORM =
  /^(?:(?<name>\w+)=\$\()?npx consilium (?<words>.*?)(?: \| jq -r \.(?<path>[\w.]+)\))?(?<later> &)?(?: # ends with (?<code>\d))?$/;

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
    const rpc = `http://127.0.0.1:${chainPort}`;
    const stopped = new Promise<void>((done) => (stop = done));
    const told = new Map<string, string>();

    const openFolder = (who: string): Io & { outputs: string[]; notes: string[] } => {
      const directory = join(root, who);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "consilium.json"), JSON.stringify({ network: "local", rpc, root }));
      writeFileSync(join(directory, "password"), "correct horse\n", { mode: 0o600 });
      writeFileSync(join(directory, "protocol.txt"), "Blood counts in complications of type 2 diabetes");
      writeFileSync(join(directory, "bundle.json"), JSON.stringify(BUNDLE));
      const [outputs, notes]: [string[], string[]] = [[], []];
      return {
        ...{ outputs, notes, directory, home: join(directory, "home") },
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
      const { name, words, path, later, code = "0" } = FORM.exec(text)!.groups as Record<string, string | undefined>;
      const io = openFolder(who);
      const argv = [...words!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) =>
        (quoted ?? bare!)
          .replace(/\$(\w+)/g, (_, variable: string) => told.get(variable)!)
          .replace("127.0.0.1:8545", `127.0.0.1:${chainPort}`)
          .replace(/\b8455$/, String(gatewayPort)),
      );
      if (later !== undefined) {
        running.push(run(argv, io));
        while (io.outputs.length === 0) await new Promise((done) => setTimeout(done, 20));
        continue;
      }
      expect(await run(argv, io), `${text}\n${io.outputs.join("\n")}\n${io.notes.join("\n")}`).to.equal(Number(code));
      if (name !== undefined) {
        const value = path!
          .split(".")
          .reduce((at: unknown, key) => (at as Record<string, unknown>)[key], JSON.parse(io.outputs.join("\n")));
        told.set(name, value as string);
      }
    }
    const record = JSON.parse(readFileSync(join(root, "researcher/record.json"), "utf8")) as object;
    expect(record).to.deep.equal(BUNDLE.entry[1]!.resource);
  });
});

const BUNDLE = {
  resourceType: "Bundle",
  type: "collection",
  entry: [
    { resource: { resourceType: "Patient", id: "example", birthDate: "1970-01-01" } },
    {
      resource: {
        resourceType: "Observation",
        id: "haemoglobin",
        status: "final",
        category: [
          { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] },
        ],
        code: { coding: [{ system: "http://loinc.org", code: "718-7" }], text: "Hemoglobin" },
        subject: { reference: "Patient/example" },
        effectiveDateTime: "2020-01-15T10:00:00Z",
        valueQuantity: { value: 13.2, unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL" },
      },
    },
  ],
};
