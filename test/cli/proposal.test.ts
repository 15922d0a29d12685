import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { numberToHex } from "viem";
import { commitDocument, VIOLATIONS } from "@consilium/sdk";
import { plain } from "../access/scenario.ts";
import { deployGoverned, ethers, loadFixture, networkHelpers, type Governed } from "../fixtures/consilium.ts";
import { Group, proposalText, propose, TIMELOCK_DELAY, Vote, VOTING_DELAY, VOTING_PERIOD } from "../governance/acts.ts";
import {
  openTerminal,
  runAs,
  writeBook,
  type Json,
  type Person,
  type Terminal,
  type Who,
} from "./support/openTerminal.ts";

const { time } = networkHelpers;
const HOUR = 3_600;
const DAY = 86_400;
const TEXT = "Three denials in a day shall be enough.";
const UNKNOWN = `0x${"12".repeat(32)}`;

describe("Proposals", () => {
  let suite: Governed;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];
  let refusalOf: Person["refusalOf"];
  let file: string;

  before(() => {
    terminal = openTerminal();
    ({ run, done, refusalOf } = runAs(terminal, () => suite));
    file = join(terminal.directory, "text.txt");
    writeFileSync(file, TEXT);
  });

  beforeEach(async () => {
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
  });

  after(() => terminal.close());

  const create = (change: string): string => `proposal create ${change} --text ${file}`;
  const ALERTS = "alerts --max-denials 3 --window 1d --suspension 2d";
  const proposed = async (change = ALERTS): Promise<Json> => done("northAdmin", create(change));
  const show = async (id: string): Promise<Json> => done("stranger", `proposal show ${id}`);
  const stateOf = async (id: string): Promise<string> => (await show(id)).state as string;
  const writeCalls = (calls: unknown): string => {
    const path = join(terminal.directory, "calls.json");
    writeFileSync(path, JSON.stringify(calls));
    return path;
  };
  /** Has a proposal agreed on, queued and carried out, each at the first second at which it can be. */
  const carryOut = async (id: string): Promise<void> => {
    await time.increase(VOTING_DELAY + 1);
    for (const seat of ["northAdmin", "southAdmin", "instituteAdmin"] as const) {
      await done(seat, `proposal vote ${id} for`);
    }
    await time.increase(VOTING_PERIOD + 1);
    await done("stranger", `proposal queue ${id}`);
    await time.increase(TIMELOCK_DELAY);
    await done("stranger", `proposal execute ${id}`);
  };

  it("go from their text to effect, and each step tells how they stand and from when the next is possible", async () => {
    const { code, json, err } = await run("northAdmin", create(ALERTS), "--yes");
    expect(code, err).to.equal(0);
    const id = json["proposal"] as string;
    const [voteFrom, voteUntil] = [json["voteFrom"], json["voteUntil"]] as [number, number];
    expect([voteFrom, voteUntil]).to.deep.equal([
      (await time.latest()) + VOTING_DELAY + 1,
      (await time.latest()) + VOTING_DELAY + VOTING_PERIOD,
    ]);
    expect(json["state"]).to.equal("pending");

    await time.increaseTo(voteFrom - 1);
    expect(await stateOf(id)).to.equal("pending");
    await time.increaseTo(voteFrom);
    expect(await stateOf(id)).to.equal("active");
    await done("northAdmin", `proposal vote ${id} for`);
    await done("eastAdmin", `proposal vote ${id} against --reason ${file}`);
    const voted: Json = await done("instituteAdmin", `proposal vote ${id} abstain`);
    expect(voted).to.deep.include({ votes: { for: "3", against: "2", abstain: "3" }, quorum: "6", state: "active" });
    expect(voted.told).to.include("3 for, 2 against, 3 abstaining").and.include("must be 6 at least");

    expect(await refusalOf("stranger", `proposal queue ${id}`)).to.deep.equal([6, "GovernorUnexpectedProposalState"]);
    await time.increaseTo(voteUntil);
    expect(await stateOf(id)).to.equal("active");
    await time.increaseTo(voteUntil + 1);
    const agreed = await show(id);
    expect(agreed.state).to.equal("succeeded");
    expect(agreed.next).to.deep.equal([`Anyone queues it with the timelock: consilium proposal queue ${id}`]);
    expect((await run("southAdmin", `proposal vote ${id} for`, "--yes")).code).to.equal(6);

    const queued: Json = await done("stranger", `proposal queue ${id}`);
    expect(queued).to.include({ state: "queued", executableFrom: (await time.latest()) + TIMELOCK_DELAY });
    await time.increaseTo(queued.executableFrom - 2);
    const early = await run("stranger", `proposal execute ${id}`, "--yes");
    expect([early.code, early.json["error"].error]).to.deep.equal([6, "TimelockUnexpectedOperationState"]);
    expect(early.err).to.include("waits in the timelock").and.include(`anyone: consilium proposal execute ${id}`);
    expect(early.err).to.include("It would call AccessBroker.setAlertThresholds");
    expect(early.err).to.include("What to do: Wait for the first second");
    await time.increaseTo(queued.executableFrom);
    expect((await show(id)).told).to.equal("It is agreed on, and its delay is over.");
    expect(await done("stranger", `proposal execute ${id}`)).to.deep.include({ state: "executed", next: [] });
    expect(await suite.broker.alertThresholds()).to.deep.equal([3n, BigInt(DAY), BigInt(2 * DAY)]);
    expect(await refusalOf("stranger", `proposal execute ${id}`)).to.deep.equal([6, "GovernorUnexpectedProposalState"]);
  });

  it("show the calls in words and the votes, and bring hashes of texts alone to the chain", async () => {
    const { json, err } = await run("northAdmin", create(ALERTS), "--yes");
    const { proposal: id, textHash, kept, number } = json;
    expect(err).to.include(kept).and.include("salt");
    const { document, salt } = JSON.parse(readFileSync(kept, "utf8"));
    expect([document, commitDocument(document, salt)]).to.deep.equal([TEXT, textHash]);
    expect(BigInt(id)).to.equal(BigInt(number));

    await time.increase(VOTING_DELAY + 1);
    const { reasonHash } = await done("eastAdmin", `proposal vote ${number} against --reason ${file}`);
    const shown = await show(id);
    expect(shown.description).to.equal(`${textHash}#proposer=${suite.signers.northAdmin.address.toLowerCase()}`);
    expect(shown.calls.map(({ call }: Json) => call)).to.deep.equal([
      {
        ...{ contract: "AccessBroker", function: "setAlertThresholds" },
        args: [{ maxDenials: 3, window: DAY, suspension: 2 * DAY }],
      },
    ]);
    expect(shown.ballots).to.deep.equal([
      { voter: suite.signers.eastAdmin.address, vote: "against", weight: "2", reasonHash },
    ]);
    const { out } = await terminal.run(`proposal show ${id} --network local --root ${terminal.directory}`);
    expect(out).to.include("AccessBroker.setAlertThresholds").and.include("against");
  });

  it("are not agreed on without a quorum, or with as many against", async () => {
    for (const [votes, told] of [
      [["northAdmin"], "3 for, 0 against"],
      [["northAdmin", "instituteAdmin against"], "3 for, 3 against"],
    ] as const) {
      const { proposal: id } = await proposed();
      await time.increase(VOTING_DELAY + 1);
      for (const vote of votes) {
        const [seat, said = "for"] = vote.split(" ");
        await done(seat as Who, `proposal vote ${id} ${said}`);
      }
      await time.increase(VOTING_PERIOD + 1);
      const shown = await show(id);
      expect([shown.state, shown.next]).to.deep.equal(["defeated", []]);
      expect(shown.told).to.include(told);
      expect(await refusalOf("stranger", `proposal queue ${id}`)).to.deep.equal([6, "GovernorUnexpectedProposalState"]);
    }
  });

  it("are cancelled by their proposer alone, and only before the vote", async () => {
    const { proposal: id, voteFrom } = await proposed();
    expect(await refusalOf("southAdmin", `proposal cancel ${id}`)).to.deep.equal([6, "GovernorUnableToCancel"]);
    expect(await done("northAdmin", `proposal cancel ${id}`)).to.deep.include({ state: "cancelled", next: [] });
    const { proposal: other } = await proposed();
    expect(other).to.not.equal(id);
    await time.increaseTo(voteFrom + HOUR);
    expect(await refusalOf("northAdmin", `proposal cancel ${other}`)).to.deep.equal([6, "GovernorUnableToCancel"]);
  });

  it("are made and voted on by seats alone, once each", async () => {
    expect(await refusalOf("stranger", create(ALERTS))).to.deep.equal([6, "GovernorInsufficientProposerVotes"]);
    const { proposal: id } = await proposed();
    await time.increase(VOTING_DELAY + 1);
    expect(await refusalOf("stranger", `proposal vote ${id} for`)).to.deep.equal([6, "SeatMissing"]);
    await done("northAdmin", `proposal vote ${id} for`);
    expect(await refusalOf("northAdmin", `proposal vote ${id} against`)).to.deep.equal([6, "GovernorAlreadyCastVote"]);
    expect((await run("southAdmin", `proposal vote ${id} perhaps`, "--yes")).code).to.equal(2);
    for (const words of ["show", "queue", "execute", "cancel", "vote"]) {
      const said = words === "vote" ? " for" : "";
      expect(await refusalOf("southAdmin", `proposal ${words} ${UNKNOWN}${said}`), words).to.deep.equal([
        ...[2, "UsageError"],
      ]);
    }
  });

  it("make the usual changes, which take effect as said", async () => {
    const { members, signers, token, fund, supervision, emergencies, seats, institutions, records, consents, studies } =
      suite;
    await token.mint(fund, 1_000n);
    const rules = await ethers.deployContract("RuleSet", [
      plain(await suite.ruleSet.rules()),
      ...[institutions, records, consents, studies],
    ]);
    const [rulesAddress, stranger] = [await rules.getAddress(), signers.stranger.address];
    const ids: string[] = [];
    for (const change of [
      `rule-set ${rulesAddress}`,
      "sanction MARKETING --suspension 0d --bond-share 10000",
      "emergency-rules --default 2h --max 3h --review 30d",
      "appeal-windows --appeal 1d --decision 90d",
      `spend --to ${stranger} --amount 400 --purpose ${file}`,
      `grant-seat ${members["eastHospital"]} --group ethics --holder ${signers.eastAdmin.address}`,
      `end-seat ${members["southHospital"]} --group standards`,
    ]) {
      const { code, json, err } = await run("northAdmin", create(change), "--yes");
      expect([code, err.includes("would be refused")], `${change}\n${err}`).to.deep.equal([0, false]);
      ids.push(json["proposal"] as string);
    }
    await time.increase(VOTING_DELAY + 1);
    for (const id of ids) {
      for (const seat of ["northAdmin", "southAdmin", "instituteAdmin"] as const) {
        await done(seat, `proposal vote ${id} for`);
      }
    }
    await time.increase(VOTING_PERIOD + 1);
    for (const id of ids) await done("stranger", `proposal queue ${id}`);
    await time.increase(TIMELOCK_DELAY);
    for (const id of ids) await done("stranger", `proposal execute ${id}`);

    expect(await suite.broker.ruleSet()).to.deep.equal([rulesAddress, 2n]);
    expect(await supervision.sanctionOf(VIOLATIONS.indexOf("MARKETING") + 1)).to.deep.equal([0n, 10_000n]);
    expect(await emergencies.emergencyRules()).to.deep.equal([2n, 3n, 720n].map((hours) => hours * BigInt(HOUR)));
    expect(await supervision.appealWindows()).to.deep.equal([BigInt(DAY), BigInt(90 * DAY)]);
    expect(await token.balanceOf(stranger)).to.equal(400n);
    expect(await seats.isSeated(signers.eastAdmin, Group.ETHICS)).to.equal(true);
    expect(await seats.isSeated(signers.southAdmin, Group.STANDARDS)).to.equal(false);
  });

  it("make any others by a file of calls, all of which work together", async () => {
    const { members, signers, seats, points } = suite;
    const calls = writeCalls([
      { contract: "CommitteeSeats", function: "endSeat", args: [members["southHospital"], Group.STANDARDS] },
      {
        ...{ contract: "CommitteeSeats", function: "grantSeat" },
        args: [members["southHospital"], Group.STANDARDS, signers.helper1.address],
      },
      { contract: "HealthPoints", function: "setReward", args: ["12"] },
      {
        ...{ contract: "ContributionLedger", function: "setRules" },
        args: [
          {
            ...{ delivery: 1, acceptance: 2, publication: 3, cap: 6, deduction: 5, deductionPerDay: 6 },
            thresholds: [7, "8", 9, 10],
          },
        ],
      },
    ]);
    const { code, json, err } = await run("northAdmin", create(`calls ${calls}`), "--yes");
    // The seat is only free once the call before it has ended it.
    expect([code, err.includes("CommitteeSeats.grantSeat would be refused")], err).to.deep.equal([0, true]);
    await carryOut(json["proposal"]);
    expect(await seats.isSeated(signers.helper1, Group.STANDARDS)).to.equal(true);
    expect(await points.reward()).to.equal(12n);
    expect((await suite.contributions.rules()).thresholds).to.deep.equal([7n, 8n, 9n, 10n]);
  });

  it("are refused for a file or value that no function takes, and keep nothing then", async () => {
    const had = readdirSync(join(terminal.home, "documents")).length;
    const one = (contract: string, name: string, ...args: unknown[]) => [{ contract, function: name, args }];
    for (const calls of [
      [],
      {},
      [{ contract: "AccessBroker" }],
      one("MoonBroker", "setRuleSet", suite.signers.stranger.address),
      one("toString", "setRuleSet", suite.signers.stranger.address),
      one("AccessBroker", "evaluate"),
      one("AccessBroker", "setRuleSet"),
      one("AccessBroker", "setRuleSet", "0x12"),
      one("AccessBroker", "setAlertThresholds", { maxDenials: 3, window: 60 }),
      one("AccessBroker", "setAlertThresholds", { maxDenials: 3, window: 60, suspension: 60, more: 1 }),
      one("AccessBroker", "setAlertThresholds", { maxDenials: 65_536, window: 60, suspension: 60 }),
      one("HealthPoints", "setReward", 1.5),
      one("HealthPoints", "setReward", 2 ** 53),
      one("HealthPoints", "setReward", "soon"),
      one("CommitteeSeats", "endSeat", 3, true),
    ]) {
      const { code } = await run("northAdmin", create(`calls ${writeCalls(calls)}`), "--yes");
      expect(code, JSON.stringify(calls)).to.equal(2);
    }
    for (const change of [
      "alerts --max-denials 65536 --window 1d --suspension 1d",
      "sanction NONE --suspension 1d --bond-share 1",
      "grant-seat 1 --group moon --holder 0x0000000000000000000000000000000000000001",
      "rule-set 0x12",
      "alerts --max-denials 3 --window 1d",
      `spend --to ${suite.signers.stranger.address} --amount -1 --purpose ${file}`,
    ]) {
      expect((await run("northAdmin", create(change), "--yes")).code, change).to.equal(2);
    }
    expect((await run("northAdmin", `proposal create ${ALERTS}`, "--yes")).code).to.equal(2);
    expect(readdirSync(join(terminal.home, "documents"))).to.have.lengthOf(had);
  });

  it("tell what would be refused if it were made now, and can be proposed all the same", async () => {
    const { code, err } = await run("northAdmin", create("sanction LEAK --suspension 1d --bond-share 10001"), "--yes");
    expect([code, err.includes("Supervision.setSanction would be refused")]).to.deep.equal([0, true]);
    expect(err).to.include("SanctionInvalid");
  });

  it("show a call that the suite does not know as bytes, with nothing made up", async () => {
    const { governor, signers } = suite;
    const call = {
      target: suite.token,
      data: suite.token.interface.encodeFunctionData("mint", [signers.stranger.address, 1]),
    };
    const padded = {
      target: suite.broker,
      data: `${suite.broker.interface.encodeFunctionData("setRuleSet", [signers.stranger.address])}00`,
    };
    const { id } = await propose(suite, signers.northAdmin, [call, padded]);
    const shown = await show(numberToHex(id, { size: 32 }));
    expect(shown.calls.map((one: Json) => [one.call, one.data])).to.deep.equal([
      [null, call.data],
      [null, padded.data],
    ]);
    await time.increase(VOTING_DELAY + 1);
    await governor.connect(signers.southAdmin).castVote(id, Vote.ABSTAIN);
    expect((await show(`${id}`)).ballots[0].vote).to.equal("abstain");

    const paying: [string[], bigint[], string[]] = [
      [await suite.broker.getAddress()],
      [5n],
      [padded.data.slice(0, -2)],
    ];
    const description = proposalText(signers.northAdmin);
    await governor.connect(signers.northAdmin).propose(...paying, description);
    const payingId = await governor.getProposalId(...paying, ethers.id(description));
    const { out } = await terminal.run(`proposal show ${payingId} --network local --root ${terminal.directory}`);
    expect(out).to.include("AccessBroker.setRuleSet").and.include("paying 5 of the chain's own coin");
  });

  it("are not sent, and their texts not kept, in a dry run", async () => {
    const { proposal: id } = await proposed();
    await time.increase(VOTING_DELAY + 1);
    const before = await ethers.provider.getBlockNumber();
    const directory = join(terminal.home, "documents");
    const documents = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);
    const had = documents();
    for (const [words, name] of [
      [create(ALERTS), "propose"],
      [`proposal vote ${id} for --reason ${file}`, "castVoteWithReason"],
      [`proposal vote ${id} for`, "castVote"],
    ] as const) {
      const { code, json } = await run("northAdmin", words, "--dry-run");
      expect([code, json["transactions"][0].function]).to.deep.equal([0, name]);
    }
    expect([await ethers.provider.getBlockNumber(), documents()]).to.deep.equal([before, had]);
  });

  it("are listed by the index, whose address has to be known and which has to answer", async () => {
    expect((await run("stranger", "proposal list")).code).to.equal(2);
    expect((await run("stranger", "proposal list --graph http://127.0.0.1:9")).code).to.equal(4);
  });
});
