import type { HDAccount, Hex } from "viem";
import { derivePatientAccount, systemRandom } from "@consilium/sdk";
import { appointAgents } from "./appointAgents.ts";
import { approveStudy } from "./approveStudy.ts";
import { deliverRecords, type Granted } from "./deliverRecord.ts";
import { giveConsents, type Rules } from "./giveConsents.ts";
import { findRecord, importRecords, type KeptRecord } from "./importRecords.ts";
import { birthDate, readBundles } from "./readBundles.ts";
import {
  grantOf,
  requestAccess,
  requestCohort,
  requireDecision,
  RESEARCH,
  TREATMENT,
  type Answer,
  type CohortAnswer,
} from "./requestAccess.ts";
import { shareRevenue } from "./shareRevenue.ts";
import { tamperWithRecord } from "./tamperWithRecord.ts";
import { destroyKeys, withdrawConsent } from "./withdrawConsent.ts";
import type { World } from "./World.ts";

const AGE_OF_MAJORITY = 18;
const YEAR = 365 * 86_400;
const REVENUE = 1_000_000n;

/** What the story leaves in its people's hands, for whoever goes on with it. */
export type Played = {
  study: Hex;
  adult: { account: HDAccount; rules: Rules; records: KeptRecord[] };
  minor: { account: HDAccount; rules: Rules; records: KeptRecord[]; granted: Granted };
  adultBundle: string;
};

/** Plays the way of one record, from import to revenue, on a fresh chain. */
export async function play(world: World, onProgress: (message: string) => void): Promise<Played> {
  const { wallets } = world;
  const [adultBundle, minorBundle] = readBundles();

  onProgress("Members appoint their agents");
  await appointAgents(world);

  onProgress("North and South Hospital import, classify, encrypt and anchor two patients' FHIR resources");
  const adult = newPatient(world, world.member("northHospital"));
  const minor = newPatient(world, world.member("southHospital"));
  const [north, south] = (await importRecords(world, {
    imports: [
      {
        bundle: adultBundle,
        custodian: "northHospital",
        gateway: wallets.northGateway,
        patient: adult.address,
        form: "indexed",
      },
      {
        bundle: minorBundle,
        custodian: "southHospital",
        gateway: wallets.southGateway,
        patient: minor.address,
        form: "plain",
      },
    ],
  })) as [KeptRecord[], KeptRecord[]];
  onProgress(`Anchored ${north.length} records one by one, and ${south.length} by their root alone`);

  onProgress("The patients sign standing rules: one by relay, one through a guardian");
  const majority = majorityOf(minorBundle, await world.now());
  const rules = await giveConsents(world, { adult, minor, majority });

  onProgress("A study of type 2 diabetes complications passes ethical and legal review");
  const study = await approveStudy(world, { title: "Blood counts in complications of type 2 diabetes" });

  onProgress("The researcher asks for labs, one record and a cohort (allowed), and for genomics (not allowed)");
  const [panel, blood] = [
    findRecord(north, "DiagnosticReport", "Complete blood count"),
    findRecord(north, "Observation", "Hemoglobin"),
  ];
  const minorBlood = findRecord(south, "Observation", "Hemoglobin");
  const { research } = rules.adult;
  const [labs, genomics] = (await requestAccess(
    world,
    wallets.researcher,
    { kept: panel, consent: research, study, word: RESEARCH },
    { kept: panel, consent: research, study, word: { ...RESEARCH, categories: ["genomics"], level: 3 } },
  )) as [Answer, Answer];
  requireDecision("Allowed labs", labs.decision, "APPROVED", labs.failed);
  requireDecision("Genomics", genomics.decision, "DENIED");
  const cohort = await requestCohort(world, wallets.researcher, {
    study,
    word: RESEARCH,
    asks: [
      { kept: blood, consent: research },
      { kept: minorBlood, consent: rules.minor.research },
    ],
  });
  requireDecision("The cohort", cohort.decision, "APPROVED");

  onProgress("North Hospital delivers; the researcher decrypts, verifies and confirms");
  const single = grantOf(labs);
  const members = grantsOf(cohort);
  const ofAdult = members.find(({ member }) => member.patient === adult.address)!;
  const ofMinor = members.find(({ member }) => member.patient === minor.address)!;
  await deliverRecords(
    world,
    [single, { ...ofAdult, consent: research }].map((granted) => ({
      granted,
      gateway: wallets.northGateway,
      recipient: wallets.researcher,
    })),
  );

  onProgress("A record is tampered with on its way from South Hospital; the researcher finds out and reports it");
  const failures = await tamperWithRecord(world, {
    granted: { ...ofMinor, consent: rules.minor.research },
    gateway: wallets.southGateway,
    recipient: wallets.researcher,
  });
  onProgress(`What did not match: ${failures.join(", ")}`);

  onProgress("The adult patient withdraws from research; the researcher asks again, in the next block");
  const withdrawnIn = await withdrawConsent(world, adult, research.id);
  const [again] = (await requestAccess(world, wallets.researcher, {
    kept: panel,
    consent: research,
    study,
    word: RESEARCH,
  })) as [Answer];
  requireDecision("The request after the withdrawal", again.decision, "DENIED");
  onProgress(`Withdrawn in block ${withdrawnIn}, denied in block ${again.receipt.blockNumber}`);
  await destroyKeys(world, wallets.northGateway, [single, ofAdult]);

  onProgress("A clinician of East Hospital asks for the same record, for treatment and without a study");
  const [treatment] = (await requestAccess(world, wallets.eastClinician, {
    kept: panel,
    consent: rules.adult.care,
    word: TREATMENT,
  })) as [Answer];
  requireDecision("Treatment", treatment.decision, "APPROVED", treatment.failed);
  await deliverRecords(world, [
    {
      granted: grantOf(treatment),
      gateway: wallets.northGateway,
      recipient: wallets.eastClinician,
    },
  ]);

  onProgress(`Revenue of ${REVENUE.toLocaleString("en")} units is deposited, and everyone claims`);
  await shareRevenue(world, {
    study,
    amount: REVENUE,
    grants: [[single], members],
    delivered: [single, ofAdult],
  });
  return {
    study,
    adult: { account: adult, rules: rules.adult, records: north },
    minor: { account: minor, rules: rules.minor, records: south, granted: ofMinor },
    adultBundle,
  };
}

/** A patient's account with one institution, from a seed that only the patient has. */
export function newPatient(world: World, institution: number) {
  return derivePatientAccount({ seed: systemRandom(32), chainId: world.chainId, institution });
}

/** The members of an approved cohort, each with its proof. */
export function grantsOf({ id, cohort, kept }: CohortAnswer): Granted[] {
  if (cohort === undefined) return [];
  return cohort.members.map((member, index) => ({ id, member, proof: cohort.proof(index), kept: kept[index]! }));
}

/** By the birth date in the bundle; once that is past, the patient is taken to be a year short of majority. */
function majorityOf(bundle: string, now: number): number {
  const [year, month, day] = birthDate(bundle).split("-").map(Number) as [number, number, number];
  const birthday = Date.UTC(year + AGE_OF_MAJORITY, month - 1, day) / 1_000;
  return birthday > now + YEAR / 12 ? birthday : now + YEAR;
}
