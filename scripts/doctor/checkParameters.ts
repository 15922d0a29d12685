import { PURPOSES } from "../../sdk/src/policy/bits.ts";
import { contractRules } from "../deployment/contractRules.ts";
import { readEvents } from "../deployment/readEvents.ts";
import { compare, type Check, type Finding, type Subject } from "./Finding.ts";

/** Whether the contracts hold the configured rules, shares and partners. */
export const checkParameters: Check = {
  name: "parameters",
  examine: async (subject) => [...(await checkRules(subject)), ...(await checkMoney(subject))],
};

async function checkRules({ book, consortium, connection }: Subject): Promise<Finding[]> {
  const { ethers, settings } = connection;
  const { RuleSet: ruleSet, AccessBroker: broker, StudyRegistry: studies } = book.contracts;
  const wanted = contractRules(consortium.rules);
  const mend = (change: string): string =>
    `Have a holder of the rules role ${change}, or write what holds now into config/${consortium.name}/rules.json.`;

  const access = await ethers.getContractAt("AccessBroker", broker!.address);
  const [inForce] = await access.ruleSet();
  const { levels, prohibitedPurposes, maxGrantDuration } = await (
    await ethers.getContractAt("RuleSet", inForce)
  ).rules();
  const findings = [
    compare("rule set in force", inForce, ruleSet!.address, mend("call setRuleSet on the AccessBroker")),
    ...levels.map((level, index) =>
      compare(
        `rules of level ${index}`,
        [...level],
        Object.values(orderLevel(wanted.rules.levels[index]!)),
        mend("replace the rule set"),
      ),
    ),
    compare(
      "prohibited purposes",
      namePurposes(prohibitedPurposes),
      namePurposes(BigInt(wanted.rules.prohibitedPurposes)),
      mend("replace the rule set"),
    ),
    compare("longest grant, seconds", maxGrantDuration, wanted.rules.maxGrantDuration, mend("replace the rule set")),
    compare(
      "alert thresholds",
      [...(await access.alertThresholds())],
      Object.values(wanted.alertThresholds),
      mend("call setAlertThresholds on the AccessBroker"),
    ),
  ];

  // The limits have no getter; the last event tells them.
  const registry = await ethers.getContractAt("StudyRegistry", studies!.address);
  const { address, block } = studies!;
  const limits = (await readEvents({ ethers, address, fromBlock: block, logRange: settings.logRange }))
    .map((log) => registry.interface.parseLog(log))
    .findLast((event) => event?.name === "SandboxLimitsChanged");
  findings.push(
    compare(
      "sandbox limits",
      limits === undefined ? "never set" : [...limits!.args].slice(0, 2),
      Object.values(wanted.sandboxLimits),
      mend("call setSandboxLimits on the StudyRegistry"),
    ),
  );
  return findings;
}

async function checkMoney({ book, consortium, connection: { ethers } }: Subject): Promise<Finding[]> {
  const { RevenueSplitter, InstitutionRegistry, PatientHealthFund } = book.contracts;
  const splitter = await ethers.getContractAt("RevenueSplitter", RevenueSplitter!.address);
  const institutions = await ethers.getContractAt("InstitutionRegistry", InstitutionRegistry!.address);
  const mend =
    "It cannot change after deployment: check that the address book and the config belong to this deployment.";
  return [
    compare("least share of the fund", await splitter.fundFloor(), consortium.shares.fundFloor, mend),
    compare("patient health fund", await splitter.fund(), PatientHealthFund!.address, mend),
    compare("settlement token", await institutions.settlementToken(), book.settlementToken, mend),
  ];
}

/** In the order of the contract's struct. */
function orderLevel(level: ReturnType<typeof contractRules>["rules"]["levels"][number]) {
  const { needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews } = level;
  return { needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews };
}

function namePurposes(mask: bigint): string {
  const names = Object.entries(PURPOSES).flatMap(([name, { bit }]) => ((mask >> BigInt(bit)) & 1n ? [name] : []));
  return names.length === 0 ? "none" : names.join(", ");
}
