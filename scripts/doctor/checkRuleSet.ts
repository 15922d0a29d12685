import { artifacts } from "hardhat";
import { PURPOSES } from "@consilium/sdk";
import { checkCode, readImmutables } from "../deployment/checkCode.ts";
import { contractRules } from "../deployment/contractRules.ts";
import { compare, ok, problem, type Finding, type Subject } from "./Finding.ts";

/** The rule set may have been replaced; the one in force must be this build's, ask the same registries, and hold the configured rules. */
export async function checkRuleSet({ book, consortium, connection }: Subject): Promise<Finding[]> {
  const { ethers, provider } = connection;
  const mend = `Have a holder of the rules role replace it by setRuleSet, or write its rules into config/${consortium.name}/rules.json.`;
  const broker = await ethers.getContractAt("AccessBroker", book.contracts["AccessBroker"]!.address);
  const [address, version] = await broker.ruleSet();
  const artifact = await artifacts.readArtifact("RuleSet");
  if ((await checkCode({ provider, artifact, address })) !== "same") {
    return [problem("rule set in force", `${address} (version ${version}) is not this build's RuleSet`, mend)];
  }

  const { levels, prohibitedPurposes, maxGrantDuration } = await (
    await ethers.getContractAt("RuleSet", address)
  ).rules();
  const wanted = contractRules(consortium.rules).rules;
  const registriesOf = async (ruleSet: string): Promise<string[]> => {
    const known = new Map(Object.entries(book.contracts).map(([name, contract]) => [BigInt(contract.address), name]));
    const values = readImmutables(await ethers.provider.getCode(ruleSet), artifact);
    return values.flatMap((value) => known.get(value) ?? []).sort();
  };
  return [
    ok("rule set in force", `${address} (version ${version})`),
    compare(
      "registries of the rule set",
      await registriesOf(address),
      await registriesOf(book.contracts["RuleSet"]!.address),
      mend,
    ),
    ...levels.map((level, index) =>
      compare(`rules of level ${index}`, [...level], inOrder(wanted.levels[index]!), mend),
    ),
    compare(
      "prohibited purposes",
      namePurposes(prohibitedPurposes),
      namePurposes(BigInt(wanted.prohibitedPurposes)),
      mend,
    ),
    compare("longest grant, seconds", maxGrantDuration, wanted.maxGrantDuration, mend),
  ];
}

/** The fields in the order of the contract's struct. */
function inOrder(level: ReturnType<typeof contractRules>["rules"]["levels"][number]): unknown[] {
  const { needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews } = level;
  return [needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews];
}

function namePurposes(mask: bigint): string {
  const names = Object.entries(PURPOSES).flatMap(([name, { bit }]) => ((mask >> BigInt(bit)) & 1n ? [name] : []));
  return names.length === 0 ? "none" : names.join(", ");
}
