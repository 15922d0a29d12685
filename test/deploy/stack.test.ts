import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { Client } from "pg";
import { ROOT } from "../../scripts/paths.ts";
import { callRpc } from "../../scripts/stack/callRpc.ts";
import { freePort } from "../../scripts/stack/freePort.ts";
import { startIpfsStub } from "../../scripts/stack/startIpfsStub.ts";
import { startPostgres } from "../../scripts/stack/startPostgres.ts";
import { startService } from "../../scripts/stack/startService.ts";
import { startStack } from "../../scripts/stack/startStack.ts";

const SCRATCH = join(ROOT, ".consilium");

describe("The stack", () => {
  let directory: string;

  beforeEach(() => {
    mkdirSync(SCRATCH, { recursive: true });
    // Closed to others, so that PostgreSQL has to find its place elsewhere where it may not run as us.
    directory = mkdtempSync(join(SCRATCH, "stack-"));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  describe("startService", () => {
    const start = (script: string, isReady: () => Promise<boolean>) =>
      startService({
        name: "The service",
        command: process.execPath,
        args: ["-e", script],
        logFile: join(directory, "service.log"),
        isReady,
        readyWithinSeconds: 1,
      });

    it("says why a service did not start", async () => {
      const attempt = start("console.log('no such table'); process.exit(3)", () => Promise.resolve(false));
      expect(await reasonOf(attempt)).to.match(
        /^The service did not start: it ended with code 3\. Last lines of .*\nno such table$/,
      );
    });

    it("gives up on a service that does not answer, and ends it", async () => {
      const port = await freePort();
      const script = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("listening"))`;
      const attempt = start(script, () => Promise.reject(new Error("refused")));
      expect(await reasonOf(attempt)).to.match(/^The service did not start: no answer within 1 s\. [^]*\nlistening$/);
      expect(await isListening(port)).to.equal(false);
    });

    it("asks no more for a service that has ended", async () => {
      let asked = 0;
      const attempt = startService({
        name: "The service",
        command: process.execPath,
        args: ["-e", "process.exit(3)"],
        logFile: join(directory, "service.log"),
        isReady: () => Promise.resolve(++asked === 0),
      });
      expect(await reasonOf(attempt)).to.contain("ended with code 3");
      const before = asked;
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(asked).to.be.at.most(before + 1);
    });

    it("names a program that cannot be run", async () => {
      const attempt = startService({
        name: "The service",
        command: join(directory, "nothing"),
        args: [],
        logFile: join(directory, "service.log"),
        isReady: () => Promise.resolve(false),
      });
      expect(await reasonOf(attempt)).to.contain("ENOENT");
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      it(`ends the service and removes its directory when its starter ends by ${signal}`, async () => {
        const port = await freePort();
        const script = `
          import { mkdirSync } from "node:fs";
          import { startService } from ${JSON.stringify(join(ROOT, "scripts/stack/startService.ts"))};
          mkdirSync("own");
          await startService({
            name: "The service",
            command: process.execPath,
            args: ["-e", "require('net').createServer().listen(${port}, '127.0.0.1')"],
            logFile: "service.log",
            isReady: () => Promise.resolve(true),
            directories: [process.cwd() + "/own"],
          });
          console.log("up");
          setInterval(() => {}, 1000);
        `;
        const starter = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
          cwd: directory,
          stdio: ["ignore", "pipe", "inherit"],
        });
        await once(createInterface(starter.stdout), "line");
        await until(() => isListening(port));

        starter.kill(signal);
        await once(starter, "exit");
        await until(async () => !(await isListening(port)) && !readdirSync(directory).includes("own"));
      });
    }
  });

  describe("startPostgres", () => {
    const before = process.env["TMPDIR"];
    let temporary: string | undefined;

    afterEach(() => {
      if (temporary === undefined) return;
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      rmSync(temporary, { recursive: true });
      temporary = undefined;
    });

    /** Makes a temporary directory in which no other test writes, the system's until the test ends. */
    function useTemporary(): string {
      temporary = mkdtempSync(join(tmpdir(), "consilium-stack-"));
      chmodSync(temporary, 0o755); // PostgreSQL may have to run as another user than ours.
      process.env["TMPDIR"] = temporary;
      return temporary;
    }

    it("makes a database as graph-node wants it, and leaves nothing behind", async () => {
      const own = useTemporary();
      const { url, stop } = await startPostgres({ directory });
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(
        "SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collation FROM pg_database WHERE datname = current_database()",
      );
      await client.query("CREATE EXTENSION btree_gist; CREATE EXTENSION postgres_fdw");
      const listening = await client.query<{ addresses: string }>(
        "SELECT current_setting('listen_addresses') AS addresses",
      );
      await client.end();
      expect(rows).to.deep.equal([{ encoding: "UTF8", collation: "C" }]);
      expect(listening.rows).to.deep.equal([{ addresses: "127.0.0.1" }]);

      await stop();
      expect(readdirSync(directory)).to.deep.equal(["postgres.log"]);
      expect(readdirSync(own)).to.deep.equal([]);
    });

    it("lets nobody in without the password", async () => {
      const { url, stop } = await startPostgres({ directory });
      const client = new Client({ connectionString: url.replace(/:[0-9a-f]{48}@/, ":guess@") });
      const reason = await reasonOf(client.connect());
      await stop();
      expect(reason).to.contain("password authentication failed");
    });
  });

  describe("startIpfsStub", () => {
    it("tells a version, and has nothing else", async () => {
      const { url, stop } = await startIpfsStub();
      const version = await fetch(`${url}/api/v0/version`, { method: "POST" });
      expect([version.status, await version.json()]).to.deep.equal([200, { Version: "0.0.0" }]);
      expect((await fetch(`${url}/api/v0/cat?arg=Qm`)).status).to.equal(404);
      await stop();
    });
  });

  describe("startStack", () => {
    it("ends the chain when what comes after it fails", async () => {
      let url = "";
      const attempt = startStack({
        directory,
        prepare: (chainUrl) => {
          url = chainUrl;
          return Promise.reject(new Error("no subgraph"));
        },
      });
      expect(await reasonOf(attempt)).to.equal("no subgraph");
      expect(await reasonOf(callRpc(url, "eth_chainId"))).to.contain("fetch failed");
      expect(process.listenerCount("SIGHUP")).to.equal(0);
    });
  });
});

function reasonOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "it succeeded",
    (error: Error) => error.message,
  );
}

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection(port, "127.0.0.1");
  const answer = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect.fail("It did not come to be within 10 s");
}
