import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  AGENT_ROLES,
  CATEGORIES,
  DECISIONS,
  DUO_USES,
  FAILED_CHECKS,
  FLAGS,
  MODIFIERS,
  namesOf,
  PURPOSES,
  RECIPIENTS,
  REVIEW_KINDS,
  VIOLATIONS,
} from "@consilium/sdk";
import { ROOT } from "../../scripts/paths.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** As the index names enumerations. */
const constant = (name: string): string =>
  /^[A-Z_]+$/.test(name) ? name : name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** A list of the mappings, which are no JavaScript that could be imported. */
function listed(name: string): string[] {
  const [, list] = new RegExp(`export const ${name}: string\\[\\] = \\[([^\\]]*)\\]`).exec(
    read("subgraph/src/util/names.ts"),
  )!;
  return [...list!.matchAll(/"(\w*)"/g)].map(([, one]) => one!);
}

/** The names of an enumeration of the schema or a contract, without what is said of them. */
function enumerated(file: string, name: string): string[] {
  const [, body] = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(read(file))!;
  const bare = body!.replace(/"""[\s\S]*?"""|"[^"]*"|\/\/.*$/gm, "");
  return [...bare.matchAll(/\b[A-Z][A-Z_]*\b/g)].map(([one]) => one);
}

describe("Names", () => {
  it("of violations are the same, in the same order, in contract, SDK, mappings and schema", () => {
    const names = [...VIOLATIONS];
    expect(enumerated("contracts/supervision/ISupervision.sol", "Violation")).to.deep.equal(["NONE", ...names]);
    expect(listed("VIOLATIONS")).to.deep.equal(["", ...names]);
    expect(enumerated("subgraph/schema.graphql", "Violation")).to.deep.equal(names);
  });

  const lists: [string, readonly string[]][] = [
    ["PURPOSES", namesOf(PURPOSES)],
    ["DUO_USES", namesOf(DUO_USES)],
    ["DUO_MODIFIERS", namesOf(MODIFIERS)],
    ["CATEGORIES", namesOf(CATEGORIES)],
    ["POLICY_FLAGS", namesOf(FLAGS)],
    ["ACCESS_REVIEW_KINDS", Object.keys(REVIEW_KINDS)],
    ["AGENT_ROLES", Object.keys(AGENT_ROLES)],
    ["INSTITUTION_KINDS", namesOf(RECIPIENTS)],
  ];
  for (const [list, names] of lists) {
    it(`of ${list} are the same, in the same order, in SDK and mappings`, () => {
      expect(listed(list)).to.deep.equal(names.map(constant));
    });
  }

  it("of failed checks and decisions stand at the places in the mappings by which the SDK knows them", () => {
    const checks = listed("FAILED_CHECKS");
    const bits = Object.fromEntries(namesOf(FAILED_CHECKS).map((name) => [name, FAILED_CHECKS[name].bit]));
    expect(Object.fromEntries(checks.flatMap((name, bit) => (name === "" ? [] : [[name, bit]])))).to.deep.equal(bits);
    expect(listed("DECISIONS")).to.deep.equal(["", ...Object.keys(DECISIONS).slice(1)]);
  });
});
