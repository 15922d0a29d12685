import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { ADMIN_ROLE_ID, ROLE_IDS } from "../../deploy/roles.ts";
import { loadConsortium } from "../../scripts/config/loadConsortium.ts";
import { connect, type Connection } from "../../scripts/connect.ts";
import { deployNetwork } from "../../scripts/deployment/deployNetwork.ts";
import { readEvents } from "../../scripts/deployment/readEvents.ts";
import { examine } from "../../scripts/doctor/examine.ts";
import type { Finding, Subject } from "../../scripts/doctor/Finding.ts";
import { eventsOf } from "../../scripts/generateManifest.ts";
import { ROOT } from "../../scripts/paths.ts";

const SCRATCH = join(ROOT, ".consilium");
const consortium = loadConsortium({ name: "demo" });
const connection: Connection = Object.assign(await network.create({ chainType: "l1" }), {
  settings: { chainId: 20_261, freeGas: true, logRange: 50 },
});
const { ethers, networkHelpers } = connection;

describe("doctor", () => {
  let root: string;

  before(() => {
    mkdirSync(SCRATCH, { recursive: true });
    root = mkdtempSync(join(SCRATCH, "doctor-"));
  });

  after(() => {
    rmSync(root, { recursive: true });
  });

  async function deployed(): Promise<Subject> {
    rmSync(join(root, "deployments"), { recursive: true, force: true });
    rmSync(join(root, "deploy"), { recursive: true, force: true });
    const { book } = await deployNetwork({ consortium, network: "local", connection, root, onProgress: () => {} });
    return { book, consortium, connection, graphUrl: undefined, maxLag: 5 };
  }

  const load = (): Promise<Subject> => networkHelpers.loadFixture(deployed);
  const look = (subject: Subject): Promise<Finding[]> => examine(subject, () => {});

  /** The problems found, as "check: detail"; each says how to mend it. */
  const problems = async (subject: Subject): Promise<string[]> => {
    const found = (await look(subject)).filter(({ state }) => state === "problem");
    for (const { mend } of found) expect(mend).to.match(/\w.*\.$/);
    return found.map(({ check, detail }) => `${check}: ${detail}`);
  };

  /** As if a proposal had been agreed on. */
  const asTimelock = async ({ book }: Subject) =>
    ethers.getImpersonatedSigner(book.contracts["TimelockController"]!.address);

  const authorityOf = async (subject: Subject) =>
    ethers.getContractAt("AccessManager", subject.book.contracts["AccessManager"]!.address, await asTimelock(subject));

  describe("a sound deployment", () => {
    it("has no problem", async () => {
      const findings = await look(await load());
      expect(findings.filter(({ state }) => state === "problem")).to.deep.equal([]);
      expect(findings.filter(({ state }) => state === "skipped").map(({ check }) => check)).to.deep.equal(["index"]);
      expect(findings.length).to.be.greaterThan(40);
    });
  });

  describe("code", () => {
    it("finds foreign code", async () => {
      const subject = await load();
      const { address } = subject.book.contracts["RecordRegistry"]!;
      await networkHelpers.setCode(address, "0x6001600155");

      expect(await problems(subject)).to.deep.equal([`code of RecordRegistry: ${address} is not this build's`]);
    });

    it("finds code of the right length that differs in one byte", async () => {
      const subject = await load();
      const { address } = subject.book.contracts["RecordRegistry"]!;
      const code = await ethers.provider.getCode(address);
      await networkHelpers.setCode(address, `${code.slice(0, -2)}${code.endsWith("00") ? "01" : "00"}`);

      expect(await problems(subject)).to.deep.equal([`code of RecordRegistry: ${address} is not this build's`]);
    });

    it("finds that a contract is missing", async () => {
      const subject = await load();
      const { address } = subject.book.contracts["RecordRegistry"]!;
      await networkHelpers.setCode(address, "0x");

      expect(await problems(subject)).to.deep.equal([`code of RecordRegistry: there is none at ${address}`]);
    });
  });

  describe("chain", () => {
    it("finds that the chain is another one", async () => {
      const subject = await load();
      const book = { ...subject.book, chainId: 1, genesis: `0x${"00".repeat(32)}` as const };

      expect(await problems({ ...subject, book })).to.deep.equal([
        "chain id: is 20261, but should be 1",
        `first block: is ${subject.book.genesis}, but should be ${book.genesis}`,
      ]);
    });
  });

  describe("roles", () => {
    it("finds a holder too many, and one too few", async () => {
      const subject = await load();
      const authority = await authorityOf(subject);
      const [deployer] = await ethers.getSigners();
      const operator = subject.book.contracts["TechnologyGroup"]!.address;
      await authority.grantRole(ADMIN_ROLE_ID, deployer!, 0);
      await authority.revokeRole(ROLE_IDS.operator, operator);

      expect(await problems(subject)).to.deep.equal([
        `holders of admin: ${deployer!.address} holds it and should not`,
        `holders of operator: ${operator} should hold it and does not`,
      ]);
    });

    it("finds a role that the suite does not know", async () => {
      const subject = await load();
      const [holder] = await ethers.getSigners();
      await (await authorityOf(subject)).grantRole(77, holder!, 0);

      expect(await problems(subject)).to.deep.equal([`other roles: role 77 is held by ${holder!.address}`]);
    });

    it("finds that a contract lost its role", async () => {
      const subject = await load();
      const { address } = subject.book.contracts["EmergencyAccess"]!;
      await (await authorityOf(subject)).revokeRole(ROLE_IDS.emergency, address);

      expect(await problems(subject)).to.deep.equal([`holders of emergency: ${address} should hold it and does not`]);
    });

    it("finds a function in the wrong hands, and a closed contract", async () => {
      const subject = await load();
      const authority = await authorityOf(subject);
      const { address } = subject.book.contracts["InstitutionRegistry"]!;
      const registry = await ethers.getContractAt("InstitutionRegistry", address);
      await authority.setTargetFunctionRole(
        address,
        [registry.interface.getFunction("expel").selector],
        ROLE_IDS.operator,
      );
      await authority.setTargetClosed(address, true);

      expect(await problems(subject)).to.deep.equal([
        "functions of supervision in InstitutionRegistry: belong to another role: expel (role 1)",
        "InstitutionRegistry is open: is false, but should be true",
      ]);
    });
  });

  describe("governance", () => {
    it("finds that the deployer or anyone else has a hand in the timelock", async () => {
      const subject = await load();
      const { TimelockController, ConsiliumGovernor } = subject.book.contracts;
      const { address } = TimelockController!;
      const timelock = await ethers.getContractAt("TimelockController", address, await asTimelock(subject));
      const [deployer] = await ethers.getSigners();
      await timelock.grantRole(ethers.ZeroHash, deployer!);
      await timelock.grantRole(ethers.id("PROPOSER_ROLE"), deployer!);
      await timelock.revokeRole(ethers.id("CANCELLER_ROLE"), ConsiliumGovernor!.address);

      expect(await problems(subject)).to.deep.equal([
        `admin of the timelock: is ["${address}","${deployer!.address}"], but should be ["${address}"]`,
        `proposer of the timelock: is ["${ConsiliumGovernor!.address}","${deployer!.address}"], but should be ["${ConsiliumGovernor!.address}"]`,
        `canceller of the timelock: is [], but should be ["${ConsiliumGovernor!.address}"]`,
      ]);
    });

    it("finds other delays and another quorum than configured", async () => {
      const subject = await load();
      const { TimelockController, ConsiliumGovernor } = subject.book.contracts;
      const as = await asTimelock(subject);
      const timelock = await ethers.getContractAt("TimelockController", TimelockController!.address, as);
      const governor = await ethers.getContractAt("ConsiliumGovernor", ConsiliumGovernor!.address);
      await timelock.updateDelay(1);
      const change = { ...consortium.governance, votingDelayHours: 1, votingPeriodHours: 2, quorumPercent: 60 };

      expect(await governor.votingDelay()).to.equal(86_400n);
      expect(await problems({ ...subject, consortium: { ...consortium, governance: change } })).to.deep.equal([
        "voting delay, seconds: is 86400, but should be 3600",
        "voting period, seconds: is 604800, but should be 7200",
        "quorum, percent: is 50, but should be 60",
        "timelock delay, seconds: is 1, but should be 172800",
      ]);
    });

    it("finds a seat too many, and one too few", async () => {
      const subject = await load();
      const [deployer] = await ethers.getSigners();
      const { address } = subject.book.contracts["CommitteeSeats"]!;
      const seats = await ethers.getContractAt("CommitteeSeats", address, await asTimelock(subject));
      await seats.grantSeat(1, 2, deployer!);
      await seats.endSeat(5, 3);

      const found = await problems(subject);
      expect(found).to.have.length(2);
      expect(found[0]).to.match(/^seats of ethics: is \["northHospital 0xf39F.*, but should be \["regulator /);
      expect(found[1]).to.match(/^seats of supervision: is .*, but should be .*"regulator 0xa0Ee/);
    });
  });

  describe("parameters", () => {
    it("finds other thresholds and limits than configured", async () => {
      const subject = await load();
      const rules = await asTimelock(subject);
      const { AccessBroker, StudyRegistry } = subject.book.contracts;
      const broker = await ethers.getContractAt("AccessBroker", AccessBroker!.address, rules);
      const group = await ethers.getImpersonatedSigner(subject.book.contracts["SupervisionGroup"]!.address);
      const studies = await ethers.getContractAt("StudyRegistry", StudyRegistry!.address, group);
      await broker.setAlertThresholds({ maxDenials: 0, window: 3_600, suspension: 86_400 });
      await studies.setSandboxLimits(7, 15_552_000);

      expect(await problems(subject)).to.deep.equal([
        "alert thresholds: is [0,3600,86400], but should be [10,3600,86400]",
        "sandbox limits: is [7,15552000], but should be [100,15552000]",
      ]);
    });

    it("finds other sanctions, times for appeals, rules for emergencies and for contributions than configured", async () => {
      const subject = await load();
      const rules = await asTimelock(subject);
      const { Supervision, EmergencyAccess, ContributionLedger } = subject.book.contracts;
      const supervision = await ethers.getContractAt("Supervision", Supervision!.address, rules);
      const emergencies = await ethers.getContractAt("EmergencyAccess", EmergencyAccess!.address, rules);
      await supervision.setSanction(7, { suspension: 0, bondShare: 1 });
      await supervision.setAppealWindows(86_400, 172_800);
      const contributions = await ethers.getContractAt("ContributionLedger", ContributionLedger!.address, rules);
      await emergencies.setEmergencyRules({ defaultDuration: 1, maxDuration: 2, reviewWindow: 3_600 });
      await contributions.setRules({
        ...{ delivery: 1, acceptance: 2, publication: 3, cap: 6, deduction: 0, deductionPerDay: 0 },
        thresholds: [1, 2, 3, 4],
      });

      expect(await problems(subject)).to.deep.equal([
        "sanction of LEAK: is [0,1], but should be [7776000,3000]",
        "times for appeals and for decisions on them: is [86400,172800], but should be [1209600,2592000]",
        "rules for emergencies: is [1,2,3600], but should be [86400,259200,259200]",
        "rules for contributions: is [1,2,3,6,0,0,[1,2,3,4]], but should be [1,2,1,1000,200,20,[500,2500,10000,50000]]",
      ]);
    });

    it("takes a violation for free that the config leaves out", async () => {
      const subject = await load();
      const { LEAK: leak, ...sanctions } = consortium.rules.sanctions;
      expect(leak).to.deep.equal({ suspensionDays: 90, bondShare: 3_000 });

      expect(
        await problems({ ...subject, consortium: { ...consortium, rules: { ...consortium.rules, sanctions } } }),
      ).to.deep.equal(["sanction of LEAK: is [7776000,3000], but should be [0,0]"]);
    });

    const replaceRuleSet = async (subject: Subject, change: (rules: unknown, registries: string[]) => unknown[]) => {
      const { book } = subject;
      const [rules, ...registries] = book.contracts["RuleSet"]!.arguments as [unknown, ...string[]];
      const ruleSet = await ethers.deployContract("RuleSet", change(rules, registries));
      const broker = await ethers.getContractAt(
        "AccessBroker",
        book.contracts["AccessBroker"]!.address,
        await asTimelock(subject),
      );
      await broker.setRuleSet(ruleSet);
      return ruleSet.getAddress();
    };

    it("takes a new rule set with the configured rules for sound", async () => {
      const subject = await load();
      const address = await replaceRuleSet(subject, (rules, registries) => [rules, ...registries]);

      expect(await problems(subject)).to.deep.equal([]);
      expect(await look(subject)).to.deep.include({
        check: "rule set in force",
        state: "ok",
        detail: `${address} (version 2)`,
      });
    });

    it("finds a rule set that allows more", async () => {
      const subject = await load();
      const free = {
        needsConsent: false,
        needsStudy: false,
        needsCoreCategory: false,
        needsSeparateConsent: false,
        reviews: 0,
      };
      const rules = { levels: [free, free, free, free], prohibitedPurposes: 0, maxGrantDuration: 86_400 };
      await replaceRuleSet(subject, (_rules, registries) => [rules, ...registries]);

      const nothing = "[false,false,false,false,0]";
      expect(await problems(subject)).to.deep.equal([
        `rules of level 1: is ${nothing}, but should be [false,false,false,false,4]`,
        `rules of level 2: is ${nothing}, but should be [true,true,false,false,0]`,
        `rules of level 3: is ${nothing}, but should be [true,true,true,true,2]`,
        "prohibited purposes: is none, but should be BTG, HMARKT",
        "longest grant, seconds: is 86400, but should be 31536000",
      ]);
    });

    it("finds a rule set that asks another consent registry", async () => {
      const subject = await load();
      const { AccessManager, InstitutionRegistry, PatientRegistry } = subject.book.contracts;
      const other = await ethers.deployContract("ConsentRegistry", [
        AccessManager!.address,
        PatientRegistry!.address,
        InstitutionRegistry!.address,
      ]);
      const forged = await other.getAddress();
      await replaceRuleSet(subject, (rules, registries) => {
        const consents = subject.book.contracts["ConsentRegistry"]!.address as string;
        return [rules, ...registries.map((registry) => (registry === consents ? forged : registry))];
      });

      const [found, ...rest] = await problems(subject);
      expect(rest).to.deep.equal([]);
      expect(found).to.match(
        /^registries of the rule set: is \["InstitutionRegistry","RecordRegistry","StudyRegistry"\], but should be \["ConsentRegistry",/,
      );
    });

    it("finds a rule set with foreign code", async () => {
      const subject = await load();
      const broker = await ethers.getContractAt(
        "AccessBroker",
        subject.book.contracts["AccessBroker"]!.address,
        await asTimelock(subject),
      );
      const address = await replaceRuleSet(subject, (rules, registries) => [rules, ...registries]);
      await networkHelpers.setCode(address, "0x6001600155");

      expect(await broker.ruleSet()).to.deep.equal([address, 2n]);
      expect(await problems(subject)).to.deep.equal([
        `rule set in force: ${address} (version 2) is not this build's RuleSet`,
      ]);
    });

    it("finds another share of the fund than configured", async () => {
      const subject = await load();

      const shares = { ...consortium.shares, fundFloor: 2_500, claimWindowDays: 1 };
      expect(await problems({ ...subject, consortium: { ...consortium, shares } })).to.deep.equal([
        "least share of the fund, and the shares by default: is [3000,4000,3000,2000], but should be [2500,4000,3000,2000]",
        "claim window: is 94608000, but should be 86400",
      ]);
    });
  });

  describe("members", () => {
    it("finds a member that has not been admitted", async () => {
      const subject = await load();
      const [first, ...rest] = consortium.members;
      const other = { ...first!, key: "westHospital", name: "Hospital That Is Not In" };

      expect(
        await problems({ ...subject, consortium: { ...consortium, members: [first!, ...rest, other] } }),
      ).to.deep.equal(["member westHospital: has not been admitted"]);
    });
  });

  describe("index", () => {
    let server: Server;
    let graphUrl: string;
    let answer: object;

    // Answers what a test says; the real index is looked at in the end-to-end tests.
    before(async () => {
      server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, "127.0.0.1");
      await once(server, "listening");
      graphUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(() => {
      server.close();
      server.closeAllConnections();
    });

    const indexed = async ({ book }: Subject) => {
      const number = await ethers.provider.getBlockNumber();
      const eventCounts = [];
      for (const [contract, { address, block }] of Object.entries(book.contracts)) {
        const logs = await readEvents({ ethers, address, fromBlock: block, logRange: 1_000 });
        for (const { name, topicHash } of await eventsOf(contract)) {
          const count = logs.filter(({ topics }) => topics[0] === topicHash).length;
          if (count > 0) eventCounts.push({ emitter: address.toLowerCase(), name, count: String(count) });
        }
      }
      return { _meta: { block: { number }, hasIndexingErrors: false }, eventCounts };
    };

    it("has no problem when it holds all events of the chain", async () => {
      const subject = { ...(await load()), graphUrl };
      answer = { data: await indexed(subject) };

      expect(await problems(subject)).to.deep.equal([]);
    });

    it("finds events that the index lost, and such as never were", async () => {
      const subject = { ...(await load()), graphUrl };
      const data = await indexed(subject);
      data.eventCounts.find(({ name }) => name === "InstitutionAdmitted")!.count = "4";
      const records = subject.book.contracts["RecordRegistry"]!.address.toLowerCase();
      data.eventCounts.push({ emitter: records, name: "BatchAnchored", count: "1" });
      answer = { data };

      expect(await problems(subject)).to.deep.equal([
        "events of InstitutionRegistry: InstitutionAdmitted: 5 on the chain, 4 in the index",
        "events of RecordRegistry: BatchAnchored: 0 on the chain, 1 in the index",
      ]);
    });

    it("bears a lag up to the limit, and finds one beyond", async () => {
      const subject = { ...(await load()), graphUrl };
      answer = { data: await indexed(subject) };
      const at = await ethers.provider.getBlockNumber();

      await networkHelpers.mine(5);
      expect(await problems(subject)).to.deep.equal([]);
      await networkHelpers.mine(1);
      expect(await problems(subject)).to.deep.equal([`index progress: at block ${at}, 6 behind`]);
    });

    it("finds a mapping that failed", async () => {
      const subject = { ...(await load()), graphUrl };
      const data = await indexed(subject);
      answer = { data: { ...data, _meta: { ...data._meta, hasIndexingErrors: true } } };

      expect(await problems(subject)).to.deep.equal(["index errors: a mapping failed"]);
    });

    it("finds an index that answers with an error, or not at all", async () => {
      const subject = { ...(await load()), graphUrl };
      answer = { errors: [{ message: "deployment `x` does not exist" }] };
      expect(await problems(subject)).to.deep.equal(["index: could not be checked: deployment `x` does not exist"]);

      expect(await problems({ ...subject, graphUrl: "http://127.0.0.1:9" })).to.deep.equal([
        "index: could not be checked: fetch failed",
      ]);
    });
  });

  describe("command", () => {
    const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        execFile(process.execPath, ["scripts/doctor.ts", ...args], { cwd: ROOT }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        });
      });

    it("ends with 0 when all is well, and with 1 and the remedy when it is not", async () => {
      const server = await network.createServer("default", "127.0.0.1");
      const url = `http://127.0.0.1:${(await server.listen()).port}`;
      const remote = await connect({ consortium, network: "local", url });
      const home = mkdtempSync(join(SCRATCH, "doctor-"));
      try {
        const { book } = await deployNetwork({
          consortium,
          network: "local",
          connection: remote,
          root: home,
          onProgress: () => {},
        });
        const args = ["--network", "local", "--root", home, "--url", url];
        const sound = await run(...args);
        expect(sound.code, sound.stderr).to.equal(0);
        expect(sound.stdout).to.contain("All is well.");

        await remote.provider.request({
          method: "hardhat_setCode",
          params: [book.contracts["AccessBroker"]!.address, "0x00"],
        });
        const broken = await run(...args, "--json");
        expect(broken.code).to.equal(1);
        const { findings } = JSON.parse(broken.stdout) as { findings: Finding[] };
        expect(findings.find(({ check }) => check === "code of AccessBroker")).to.deep.include({
          state: "problem",
          mend: "Check out the version that was deployed, then look again; if it still differs, trust nothing at this address.",
        });
      } finally {
        await remote.close();
        await server.close();
        rmSync(home, { recursive: true });
      }
    });

    it("ends with 1 and says what to do when nothing was deployed", async () => {
      const { code, stderr } = await run("--network", "moon", "--root", root);
      expect(code).to.equal(1);
      expect(stderr)
        .to.contain("deployments/moon.json")
        .and.to.contain("Deploy first: npm run deploy -- --network moon");
    });

    it("explains itself", async () => {
      const { code, stdout } = await run("--help");
      expect(code).to.equal(0);
      expect(stdout).to.contain("--graph-url <url>").and.to.contain("--json");
    });
  });
});
