import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, SettingsError } from "@consilium/gateway";

describe("gateway's settings", () => {
  const home = mkdtempSync(join(tmpdir(), "consilium-settings-"));
  after(() => rmSync(home, { recursive: true, force: true }));

  function fileOf(content: string): string {
    const file = join(home, "gateway.json");
    writeFileSync(file, content);
    return file;
  }

  /** The message of the error that is raised. */
  function faultsOf(parameters: Parameters<typeof readSettings>[0]): string {
    try {
      readSettings(parameters);
    } catch (error) {
      if (error instanceof SettingsError) return error.shortMessage;
      throw error;
    }
    throw new Error("Nothing was refused.");
  }

  it("are the defaults of the manual if none are given", () => {
    expect(readSettings({ env: {} })).to.deep.equal({
      ...{ host: "127.0.0.1", port: 8_455, callsPerMinute: 600, bodyBytes: 32_768, receiveSeconds: 20 },
      ...{ parallelDeliveries: 32, waitingDeliveries: 2_000, sessionSeconds: 900, blockAgeSeconds: 120 },
      ...{ receiptSeconds: 60, revocationSeconds: 30, destructionSeconds: 3_600, logLevel: "info" },
    });
  });

  it("come from a file, and before it from variables", () => {
    const file = fileOf('{ "port": 9000, "callsPerMinute": 10, "publicUrl": "https://gateway.example" }');
    const env = {
      ...{ CONSILIUM_GATEWAY_CALLS_PER_MINUTE: "20", CONSILIUM_GATEWAY_RECEIVE_SECONDS: "0.5" },
      ...{ CONSILIUM_GATEWAY_LOG_LEVEL: "debug", CONSILIUM_GATEWAY_HOST: undefined, CONSILIUM_OTHER: "x" },
    };
    expect(readSettings({ file, env })).to.include({
      ...{ port: 9_000, callsPerMinute: 20, receiveSeconds: 0.5, logLevel: "debug" },
      ...{ publicUrl: "https://gateway.example", host: "127.0.0.1" },
    });
  });

  it("take http for loopback alone", () => {
    for (const url of ["http://127.0.0.1:8455", "http://localhost", "http://[::1]:1", "https://gateway.example"]) {
      expect(readSettings({ env: { CONSILIUM_GATEWAY_PUBLIC_URL: url } }).publicUrl).to.equal(url);
    }
    for (const url of ["http://gateway.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "gateway.example"]) {
      expect(faultsOf({ env: { CONSILIUM_GATEWAY_PUBLIC_URL: url } }), url).to.match(/^publicUrl: /);
    }
  });

  const faults: [string, Record<string, string>, RegExp][] = [
    ["a number below its bounds", { CALLS_PER_MINUTE: "0" }, /^callsPerMinute: /],
    ["a number above its bounds", { PORT: "65536" }, /^port: /],
    ["a longer time between destructions than a day", { DESTRUCTION_SECONDS: "86401" }, /^destructionSeconds: /],
    ["half a number where it must be whole", { BODY_BYTES: "2048.5" }, /^bodyBytes: /],
    ["a word where a number must be", { SESSION_SECONDS: "long" }, /^sessionSeconds: /],
    ["an unknown word", { LOG_LEVEL: "loud" }, /^logLevel: /],
    ["nothing", { HOST: "" }, /^host: /],
    ["a field that there is not", { MASTER_KEY: "x" }, /masterKey/],
  ];
  for (const [name, variables, fault] of faults) {
    it(`refuse ${name}, by its field`, () => {
      const env = Object.fromEntries(
        Object.entries(variables).map(([key, value]) => [`CONSILIUM_GATEWAY_${key}`, value]),
      );
      expect(faultsOf({ env })).to.match(fault);
    });
  }

  it("tell all their faults at once", () => {
    const env = { CONSILIUM_GATEWAY_PORT: "-1", CONSILIUM_GATEWAY_HOST: "" };
    expect(faultsOf({ env }).split("\n")).to.have.lengthOf(2);
  });

  it("refuse a file that is missing, broken or no object", () => {
    for (const content of ["{", "[]", "1", "null"])
      expect(faultsOf({ file: fileOf(content), env: {} })).to.include(home);
    expect(faultsOf({ file: join(home, "none.json"), env: {} })).to.include("none.json");
  });
});
