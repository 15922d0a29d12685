import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadConsortium } from "../../scripts/config/loadConsortium.ts";
import { ConfigError } from "../../scripts/errors.ts";
import { ROOT } from "../../scripts/paths.ts";

type Change = { file: string; change: (content: never) => unknown };

const KNOWN_KEY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

type Seat = { member: string; holder: string };

function seats(group: string, change: (seats: Seat[]) => unknown[]) {
  return (governance: { seats: Record<string, Seat[]> }) => ({
    ...governance,
    seats: { ...governance.seats, [group]: change(governance.seats[group]!) },
  });
}

function contributions(change: object) {
  return (rules: { contributions: object }) => ({ ...rules, contributions: { ...rules.contributions, ...change } });
}

/** Files that break one rule each, and what must be said of it. */
const FAULTS: (Change & { says: string })[] = [
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, operator: [] }),
    says: "config/broken/roles.json: operator Too small: expected array to have >=1 items",
  },
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, supervision: [KNOWN_KEY.toLowerCase().replace("0x7", "0xg")] }),
    says: "config/broken/roles.json: supervision[0] is no address, or its checksum is wrong",
  },
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, admin: "0x0000000000000000000000000000000000000000" }),
    says: "config/broken/roles.json: admin must not be zero",
  },
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, rules: [KNOWN_KEY, KNOWN_KEY] }),
    says: "config/broken/roles.json: rules must name each holder once",
  },
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, auditor: [KNOWN_KEY] }),
    says: 'config/broken/roles.json: the file Unrecognized key: "auditor"',
  },
  {
    file: "roles",
    change: (roles: object) => ({ ...roles, admin: "committee" }),
    says: "config/broken/roles.json: admin is no address, or its checksum is wrong, and none of timelock, standardsGroup",
  },
  {
    file: "governance",
    change: (governance: object) => ({ ...governance, quorumPercent: 0 }),
    says: "config/broken/governance.json: quorumPercent Too small: expected number to be >=1",
  },
  {
    file: "governance",
    change: (governance: object) => ({ ...governance, votingDelayHours: 0 }),
    says: "config/broken/governance.json: votingDelayHours Too small: expected number to be >0",
  },
  {
    file: "governance",
    change: seats("ethics", ([first]) => [first, first]),
    says: "config/broken/governance.json: seats.ethics must give each member one seat at most",
  },
  {
    file: "governance",
    change: seats("ethics", ([first, ...rest]) => [{ ...first, member: "westHospital" }, ...rest]),
    says: "config/broken/governance.json: seats.ethics[0].member westHospital is in no members.json",
  },
  {
    file: "governance",
    change: seats("ethics", ([first, second, third]) => [first, { ...second, holder: third!.holder }, third]),
    says: "config/broken/governance.json: seats.ethics[2].holder 0xa0Ee7A142d267C1f36714E4a8F75612F20a79720 holds a seat of researchInstitute already",
  },
  {
    file: "governance",
    change: seats("supervision", ([first]) => [first]),
    says: "config/broken/governance.json: seats.supervision must be two or more: the group holds a role",
  },
  {
    file: "governance",
    change: (governance: object) => ({ ...governance, quorumPercent: 25 }),
    says: "config/broken/governance.json: seats give northHospital 3 votes, and 3 are enough: it could decide alone",
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, prohibitedPurposes: ["MARKETING"] }),
    says: "config/broken/rules.json: prohibitedPurposes[0] Invalid option",
  },
  {
    file: "rules",
    change: (rules: { levels: object[] }) => ({ ...rules, levels: rules.levels.slice(1) }),
    says: "config/broken/rules.json: levels Too small: expected array to have >=4 items",
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, maxGrantDays: 0 }),
    says: "config/broken/rules.json: maxGrantDays Too small: expected number to be >0",
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, sanctions: { LEAK: { suspensionDays: 90, bondShare: 10_001 } } }),
    says: "config/broken/rules.json: sanctions.LEAK.bondShare Too big: expected number to be <=10000",
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, sanctions: { LEAKS: { suspensionDays: 90, bondShare: 1 } } }),
    says: 'config/broken/rules.json: sanctions Unrecognized key: "LEAKS"',
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, appealDays: 91 }),
    says: "config/broken/rules.json: appealDays Too big: expected number to be <=90",
  },
  {
    file: "rules",
    change: (rules: object) => ({ ...rules, emergency: { defaultHours: 25, maxHours: 24, reviewHours: 72 } }),
    says: "config/broken/rules.json: emergency.defaultHours must not be more than maxHours",
  },
  {
    file: "rules",
    change: contributions({ cap: 3 }),
    says: "config/broken/rules.json: contributions.cap must not be less than delivery, acceptance and publication together",
  },
  {
    file: "rules",
    change: contributions({ delivery: 0, acceptance: 0, publication: 0, cap: 0 }),
    says: "config/broken/rules.json: contributions.cap Too small: expected number to be >=1",
  },
  {
    file: "rules",
    change: contributions({ delivery: 4_294_967_296, cap: 4_294_967_295 }),
    says: "config/broken/rules.json: contributions.delivery Too big: expected number to be <=4294967295",
  },
  {
    file: "rules",
    change: contributions({ thresholds: [1, 2, 2, 3] }),
    says: "config/broken/rules.json: contributions.thresholds must ascend",
  },
  {
    file: "rules",
    change: contributions({ thresholds: [0, 1, 2, 3] }),
    says: "config/broken/rules.json: contributions.thresholds[0] Too small: expected number to be >=1",
  },
  {
    file: "shares",
    change: (shares: object) => ({ ...shares, fundFloor: 10_001 }),
    says: "config/broken/shares.json: fundFloor Too big: expected number to be <=10000",
  },
  {
    file: "shares",
    change: (shares: object) => ({ ...shares, fundFloor: 3_001 }),
    says: "config/broken/shares.json: defaultShares.fund must not be less than fundFloor",
  },
  {
    file: "shares",
    change: (shares: object) => ({ ...shares, defaultShares: { patients: 5_001, fund: 3_000, custodians: 2_000 } }),
    says: "config/broken/shares.json: defaultShares must not sum to more than 10000",
  },
  {
    file: "shares",
    change: (shares: object) => ({ ...shares, defaultShares: { patients: 4_000, fund: 3_000 } }),
    says: "config/broken/shares.json: defaultShares.custodians Invalid input",
  },
  {
    file: "members",
    change: ([first, ...rest]: object[]) => [
      { ...first, accreditation: { from: "2030-01-01", until: "2030-01-01" } },
      ...rest,
    ],
    says: "config/broken/members.json: [0].accreditation must end after it starts",
  },
  {
    file: "members",
    change: ([first, ...rest]: object[]) => [{ ...first, salt: "0x00" }, ...rest],
    says: "config/broken/members.json: [0].salt must be 32 random bytes as 0x and 64 hex digits",
  },
  {
    file: "members",
    change: (members: object[]) => [...members, members[0]],
    says: "config/broken/members.json: the file must have a key of its own for each member",
  },
  {
    file: "chain",
    change: (chain: object) => ({ ...chain, test: false }),
    says: 'config/broken/chain.json: settlementToken may be "test" only where "test" is true',
  },
  {
    file: "chain",
    change: (chain: object) => ({ ...chain, settlementToken: "0x12" }),
    says: 'config/broken/chain.json: settlementToken must be "test", or an address with a right checksum',
  },
  {
    file: "chain",
    change: (chain: { networks: { local: object } }) => ({
      ...chain,
      networks: { local: { ...chain.networks.local, accounts: ["0x01"] } },
    }),
    says: "chain.json: networks.local.accounts[0] must be the name of a configuration variable",
  },
];

describe("loadConsortium", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "consilium-config-"));
    cpSync(join(ROOT, "config/demo"), join(directory, "broken"), { recursive: true });
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const change = ({ file, change }: Change): void => {
    const path = join(directory, "broken", `${file}.json`);
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")) as never)));
  };
  const load = () => loadConsortium({ name: "broken", directory });

  it("reads the demonstration's config", () => {
    expect(loadConsortium({ name: "demo" }).members).to.have.length(5);
  });

  for (const fault of FAULTS) {
    it(`says: ${fault.says}`, () => {
      change(fault);
      expect(load).to.throw(ConfigError, fault.says);
    });
  }

  it("reports the faults of all files at once", () => {
    change({ file: "shares", change: (shares: object) => ({ ...shares, fundFloor: -1 }) });
    change({ file: "roles", change: () => ({}) });
    expect(load).to.throw(ConfigError, /roles\.json: admin [^]*roles\.json: operator [^]*shares\.json: fundFloor /);
  });

  it("names a file that is missing, and one that is no JSON", () => {
    rmSync(join(directory, "broken/rules.json"));
    writeFileSync(join(directory, "broken/shares.json"), "{");
    expect(load).to.throw(ConfigError, /rules\.json: the file is missing\n.*shares\.json: it is no JSON/);
  });

  it("names a consortium that does not exist", () => {
    expect(() => loadConsortium({ name: "nobody", directory })).to.throw(
      ConfigError,
      "config/nobody: there is no such consortium; known: broken",
    );
  });

  it("refuses publicly known keys outside test chains", () => {
    const token = "0x00000000000000000000000000000000000000AA";
    change({ file: "chain", change: (chain: object) => ({ ...chain, test: false, settlementToken: token }) });
    change({ file: "roles", change: (roles: object) => ({ ...roles, admin: KNOWN_KEY }) });
    expect(load).to.throw(ConfigError, `config/broken/roles.json: admin ${KNOWN_KEY} is a publicly known test key`);
    expect(load).to.throw(ConfigError, "config/broken/governance.json: seats.standards[0].holder 0x9965");
    expect(load).to.throw(ConfigError, "config/broken/members.json: [4].administrator 0xa0Ee");
  });
});
