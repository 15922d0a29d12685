import { VIOLATIONS, violationCode } from "@consilium/sdk";
import { contractRules, revenueTerms } from "../deployment/contractRules.ts";
import { readEvents } from "../deployment/readEvents.ts";
import { checkRuleSet } from "./checkRuleSet.ts";
import { compare, type Check, type Finding, type Subject } from "./Finding.ts";

/** Whether the contracts hold the configured rules, shares and partners. */
export const checkParameters: Check = {
  name: "parameters",
  examine: async (subject) => [
    ...(await checkRuleSet(subject)),
    ...(await checkLimits(subject)),
    ...(await checkSanctions(subject)),
    ...(await checkMoney(subject)),
  ],
};

async function checkLimits({ book, consortium, connection }: Subject): Promise<Finding[]> {
  const { ethers, settings } = connection;
  const { AccessBroker, StudyRegistry } = book.contracts;
  const wanted = contractRules(consortium.rules);
  const mend = (change: string): string =>
    `Have a holder of the rules role call ${change}, or write what holds now into config/${consortium.name}/rules.json.`;

  // The limits have no getter; the last event tells them.
  const { address, block } = StudyRegistry!;
  const studies = await ethers.getContractAt("StudyRegistry", address);
  const limits = (await readEvents({ ethers, address, fromBlock: block, logRange: settings.logRange }))
    .map((log) => studies.interface.parseLog(log))
    .findLast((event) => event?.name === "SandboxLimitsChanged");
  const broker = await ethers.getContractAt("AccessBroker", AccessBroker!.address);
  return [
    compare(
      "alert thresholds",
      [...(await broker.alertThresholds())],
      Object.values(wanted.alertThresholds),
      mend("setAlertThresholds on the AccessBroker"),
    ),
    compare(
      "sandbox limits",
      limits === undefined || limits === null ? "never set" : [...limits.args].slice(0, 2),
      Object.values(wanted.sandboxLimits),
      mend("setSandboxLimits on the StudyRegistry"),
    ),
  ];
}

async function checkSanctions({ book, consortium, connection: { ethers } }: Subject): Promise<Finding[]> {
  const { Supervision, EmergencyAccess, ContributionLedger, PatientHealthFund } = book.contracts;
  const supervision = await ethers.getContractAt("Supervision", Supervision!.address);
  const emergencies = await ethers.getContractAt("EmergencyAccess", EmergencyAccess!.address);
  const contributions = await ethers.getContractAt("ContributionLedger", ContributionLedger!.address);
  const { catalogue, appealWindow, decisionWindow, emergencyRules, contributionRules } = contractRules(
    consortium.rules,
  );
  const mend = (change: string): string =>
    `Have a holder of the rules role call ${change}, or write what holds now into config/${consortium.name}/rules.json.`;
  const findings: Finding[] = [];
  for (const name of VIOLATIONS) {
    const code = violationCode(name);
    const { suspension, bondShare } = catalogue.find(({ violation }) => violation === code)?.sanction ?? {
      suspension: 0,
      bondShare: 0,
    };
    findings.push(
      compare(
        `sanction of ${name}`,
        [...(await supervision.sanctionOf(code))],
        [suspension, bondShare],
        mend("setSanction on Supervision"),
      ),
    );
  }
  return [
    ...findings,
    compare(
      "times for appeals and for decisions on them",
      [...(await supervision.appealWindows())],
      [appealWindow, decisionWindow],
      mend("setAppealWindows on Supervision"),
    ),
    compare(
      "rules for emergencies",
      [...(await emergencies.emergencyRules())],
      Object.values(emergencyRules),
      mend("setEmergencyRules on EmergencyAccess"),
    ),
    compare(
      "rules for contributions",
      [...(await contributions.rules())],
      Object.values(contributionRules),
      mend("setRules on the ContributionLedger"),
    ),
    compare(
      "fund of fines",
      await supervision.fund(),
      PatientHealthFund!.address,
      "It cannot change after deployment: check that the address book and the config belong to this deployment.",
    ),
  ];
}

async function checkMoney({ book, consortium, connection: { ethers } }: Subject): Promise<Finding[]> {
  const { RevenueSplitter, HealthPoints, InstitutionRegistry, PatientHealthFund } = book.contracts;
  const splitter = await ethers.getContractAt("RevenueSplitter", RevenueSplitter!.address);
  const points = await ethers.getContractAt("HealthPoints", HealthPoints!.address);
  const institutions = await ethers.getContractAt("InstitutionRegistry", InstitutionRegistry!.address);
  const change = (call: string): string =>
    `Have a holder of the rules role call ${call}, or write what holds now into config/${consortium.name}/shares.json.`;
  const mend =
    "It cannot change after deployment: check that the address book and the config belong to this deployment.";
  const terms = revenueTerms(consortium.shares);
  return [
    compare(
      "least share of the fund, and the shares by default",
      [...(await splitter.shareRules())],
      Object.values(terms.shareRules),
      change("setShareRules on the RevenueSplitter"),
    ),
    compare("points for a record", await points.reward(), terms.pointsReward, change("setReward on the HealthPoints")),
    compare("delay of shares", await splitter.sharesDelay(), terms.sharesDelay, mend),
    compare("claim window", await splitter.claimWindow(), terms.claimWindow, mend),
    compare("patient health fund", await splitter.fund(), PatientHealthFund!.address, mend),
    compare("settlement token", await institutions.settlementToken(), book.settlementToken, mend),
  ];
}
