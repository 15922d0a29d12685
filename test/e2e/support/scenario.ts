import { keccak256, zeroAddress, zeroHash, type Address, type Hex } from "viem";
import { approveStudy } from "../../../scripts/demo/approveStudy.ts";
import { changeRules } from "../../../scripts/demo/changeRules.ts";
import { deliverRecords, handOver } from "../../../scripts/demo/deliverRecord.ts";
import { drawUp, giveDirectly, signByPatient } from "../../../scripts/demo/giveConsents.ts";
import { anchorBatch, sealResources, type KeptRecord } from "../../../scripts/demo/importRecords.ts";
import { newPatient, play, type Played } from "../../../scripts/demo/play.ts";
import {
  grantOf,
  requestAccess,
  requestCohort,
  requireDecision,
  RESEARCH,
  TREATMENT,
  type Answer,
  type Ask,
} from "../../../scripts/demo/requestAccess.ts";
import { complain } from "../../../scripts/demo/suspendForLeak.ts";
import { withdrawConsent } from "../../../scripts/demo/withdrawConsent.ts";
import { call, FREE, type Call, type World } from "../../../scripts/demo/World.ts";
import {
  categoryMask,
  DEIDENTIFICATION,
  emergencyId,
  emergencyTerms,
  encodePolicyWord,
  namesOf,
  randomSalt,
  RECIPIENTS,
  recordLeaf,
  SENSITIVITIES,
  signAnswerRequest,
  signOptOut,
  signPatientAct,
  unidentifiedEmergencyTerms,
  violationCode,
} from "@consilium/sdk";
import type {
  CreateConsentReturnType,
  EmergencyTerms,
  EncodePolicyWordParameters,
  SignedConsent,
} from "@consilium/sdk";
import { labelledBundle } from "./labelledBundle.ts";

type Patient = ReturnType<typeof newPatient>;

/** IRevenueSplitter.UnitRule. */
const CATEGORY = 2;

const HOUR = 3_600;
/** The ethics group's number on the chain. */
const ETHICS_GROUP = 2;
const YEAR = 365 * 24 * HOUR;
const ETHICS = 1;
const CUSTODIAN = 2;

const GENOMIC: EncodePolicyWordParameters = { ...RESEARCH, categories: ["genomics"], level: 3 };

/**
 * The demonstration's story, and after it what an auditor hopes never to see but must find: lapsed approvals, late receipts,
 * keys not destroyed, overdue destructions, suspensions, prohibited purposes. `elapse` lets time pass on the chain.
 */
export async function playScenario(world: World, elapse: (seconds: number) => Promise<void>): Promise<void> {
  const { contracts, wallets } = world;
  const { broker, consents, institutions, records, token } = contracts;
  const played = await play(world, () => {});
  const start = await world.now();

  // More revenue, which nobody has claimed yet, and which does not divide evenly.
  const { splitter } = contracts;
  const payer = wallets.relayer;
  await world.send(
    () => token.connect(payer).mint(payer, 1_001, FREE),
    () => token.connect(payer).approve(splitter, 1_001, FREE),
    () => splitter.connect(payer).deposit(played.study, 1_001, randomSalt(), FREE),
  );
  await earnByCategory(world, played);

  // The adult is a patient of East Hospital too, under another DID.
  const patient = newPatient(world, world.member("eastHospital"));
  const east = (retentionUntil: number): Promise<KeptRecord[]> =>
    sealResources({
      bundle: labelledBundle(played.adultBundle),
      custodian: world.member("eastHospital"),
      patient: patient.address,
      retentionUntil,
    });
  const [lasting, overdue, unlisted, gone] = [
    await east(start + 15 * YEAR),
    await east(start + HOUR),
    await east(start + HOUR),
    await east(start + HOUR),
  ];
  const anchor = (kept: KeptRecord[], form: "indexed" | "plain") =>
    anchorBatch(world, { batch: kept[0]!.batch, gateway: wallets.eastGateway, form });
  await world.send(
    anchor(lasting, "indexed"),
    anchor(overdue, "indexed"),
    anchor(unlisted, "plain"),
    anchor(gone, "plain"),
  );
  const genome = ofLevel(lasting, 3);
  const internal = ofLevel(lasting, 1);
  const [labs, moreLabs, wrongLabs] = lasting.filter(isLabs) as [KeptRecord, KeptRecord, KeptRecord];

  // Consents: to all research, separately; to be asked each time; for an hour; for care. One is refused.
  const policy = (fields: EncodePolicyWordParameters): bigint =>
    encodePolicyWord({
      purposes: ["DSRCH", "HRESCH"],
      duoUses: ["diseaseSpecific"],
      categories: ["labs", "genomics"],
      level: 3,
      validFrom: start,
      validUntil: start + YEAR,
      sensitivities: namesOf(SENSITIVITIES),
      deidentification: DEIDENTIFICATION.pseudonymised,
      recipients: namesOf(RECIPIENTS),
      regions: [0, 1],
      flags: ["autoApprove", "separateConsent"],
      ...fields,
    });
  const draw = (fields: EncodePolicyWordParameters): Promise<CreateConsentReturnType> =>
    drawUp(world, { patient: patient.address, policy: policy(fields) });
  const research = await draw({});
  const doubtful = await draw({});
  const brief = await draw({ validUntil: start + HOUR });
  const asked = await draw({ flags: ["separateConsent"] });
  const care = await drawUp(world, { patient: patient.address, policy: "careOnly" });
  // Nobody asked the minor's guardian for more than the minor's majority allows.
  const lasts = await drawUp(world, {
    patient: played.minor.account.address,
    policy: policy({ validUntil: start + 30 * YEAR, flags: [] }),
    byGuardian: true,
  });
  const signed: SignedConsent[] = [];
  for (const consent of [research, doubtful, brief, asked, care]) {
    signed.push(await signByPatient(world, patient, consent));
  }
  const guardianRefusal = await drawUp(world, {
    patient: played.minor.account.address,
    policy: policy({}),
    byGuardian: true,
  });
  await world.send(
    () => consents.connect(wallets.relayer).giveMany(signed, FREE),
    giveDirectly(world, wallets.guardian, lasts),
    () => consents.connect(wallets.guardian).refuse(guardianRefusal.terms, FREE),
  );

  await playDataTrust(world, patient, policy);

  // Studies: one for genomics, one whose ethics approval ends in an hour.
  const genomics = await approveStudy(world, {
    title: "Genes in complications of type 2 diabetes",
    level: 3,
    categories: ["labs", "genomics"],
    coreCategories: 1 << 9,
    filingHash: randomSalt(),
  });
  const lapsing = await approveStudy(world, { title: "A short study", ethicsUntil: start + HOUR });

  // Core data waits for ethics, internal data for its custodian, what the patient wants to be asked for waits for the patient.
  const ask = (requester: typeof wallets.researcher, ...asks: Ask[]): Promise<Answer[]> =>
    requestAccess(world, requester, ...asks);
  const [core, coreUndelivered, toAnswer, toRefuse, ofMinor, briefly, onDoubtful, soonLapsed] = (await ask(
    wallets.researcher,
    { kept: genome, consent: research, study: genomics, word: GENOMIC },
    { kept: genome, consent: research, study: genomics, word: { ...GENOMIC, flags: ["aiTraining"] } },
    { kept: labs, consent: asked, study: genomics, word: RESEARCH },
    { kept: moreLabs, consent: asked, study: genomics, word: RESEARCH },
    {
      kept: ofCategory(played.minor.records, "labs"),
      consent: lasts,
      study: genomics,
      word: RESEARCH,
    },
    { kept: labs, consent: brief, study: genomics, word: { ...RESEARCH, validUntil: start + HOUR } },
    { kept: labs, consent: doubtful, study: genomics, word: RESEARCH },
    { kept: labs, consent: research, study: lapsing, word: RESEARCH },
  )) as [Answer, Answer, Answer, Answer, Answer, Answer, Answer, Answer];
  for (const [name, { decision, failed }, wanted] of [
    ["The genome", core, "NEEDS_REVIEW"],
    ["The genome for AI", coreUndelivered, "DENIED"],
    ["What the patient answers", toAnswer, "NEEDS_REVIEW"],
    ["What the patient refuses", toRefuse, "NEEDS_REVIEW"],
    ["The minor's labs", ofMinor, "NEEDS_REVIEW"],
    ["Labs for an hour", briefly, "APPROVED"],
    ["Labs on a doubtful consent", onDoubtful, "APPROVED"],
    ["Labs for the short study", soonLapsed, "APPROVED"],
  ] as const) {
    requireDecision(name, decision, wanted, failed);
  }
  const [inspected, marketing] = (await ask(
    wallets.officer,
    { kept: internal, word: { purposes: ["HCOMPL"], categories: ["labs"], level: 1 } },
    { kept: internal, word: { purposes: ["HMARKT"], categories: ["labs"], level: 1 } },
  )) as [Answer, Answer];
  requireDecision("Internal data", inspected.decision, "NEEDS_REVIEW", inspected.failed);
  requireDecision("Marketing", marketing.decision, "DENIED");
  await ask(wallets.inspector, { kept: labs, word: { purposes: ["GOV"], categories: ["labs"], level: 2 } });
  await requestCohort(world, wallets.researcher, {
    study: genomics,
    word: GENOMIC,
    asks: [{ kept: genome, consent: research }],
  });
  const partly = await requestCohort(world, wallets.researcher, {
    study: genomics,
    word: RESEARCH,
    asks: [
      { kept: moreLabs, consent: research },
      { kept: ofCategory(played.adult.records, "labs"), consent: played.adult.rules.research },
    ],
  });
  requireDecision("Part of the cohort", partly.decision, "APPROVED");

  // Reviews: the ethics group, the custodian, the patient by signature (yes and no), the guardian.
  const answerOf = async ({ id }: Answer, approved: boolean) =>
    signAnswerRequest(patient, {
      chainId: world.chainId,
      verifyingContract: (await broker.getAddress()) as Hex,
      request: id,
      approved,
      deadline: BigInt(start + YEAR),
      signer: patient.address,
    });
  const [yes, no] = [await answerOf(toAnswer, true), await answerOf(toRefuse, false)];
  const { researcher, officer, relayer } = wallets;
  await world.send(
    () => broker.connect(wallets.ethicsReviewer).approveReview(researcher, core.body, ETHICS, randomSalt(), FREE),
    () => broker.connect(wallets.eastGateway).approveReview(officer, inspected.body, CUSTODIAN, randomSalt(), FREE),
    () => broker.connect(wallets.guardian).approveReview(researcher, ofMinor.body, 0, randomSalt(), FREE),
    ...(
      [
        [toAnswer, yes],
        [toRefuse, no],
      ] as const
    ).map(
      ([{ body }, { approved, signer, deadline, signature }]) =>
        () =>
          broker.connect(relayer).answerBySignature(researcher, body, approved, signer, deadline, signature, FREE),
    ),
  );

  // Deliveries: some confirmed, some not; and a receipt of what nobody says that he gave.
  const [treatment] = (await ask(wallets.northClinician, { kept: labs, consent: care, word: TREATMENT })) as [Answer];
  requireDecision("Treatment at North Hospital", treatment.decision, "APPROVED", treatment.failed);
  const toResearcher = { gateway: wallets.eastGateway, recipient: wallets.researcher };
  await deliverRecords(world, [
    { granted: grantOf(core), ...toResearcher },
    { granted: grantOf(briefly), ...toResearcher },
    { granted: grantOf(onDoubtful), ...toResearcher },
    { granted: grantOf(ofMinor), gateway: wallets.southGateway, recipient: wallets.researcher },
    { granted: grantOf(treatment), gateway: wallets.eastGateway, recipient: wallets.northClinician },
  ]);
  // One record is delivered twice: briefly, and on a doubtful consent.
  await world.send(
    ...[core, briefly, onDoubtful, ofMinor, treatment]
      .map((answer) => grantOf(answer))
      .concat(played.minor.granted)
      .map(
        ({ id, member }) =>
          () =>
            world.contracts.contributions.connect(relayer).credit(id, [member], FREE),
      ),
  );
  const silent = await handOver(world, wallets.eastGateway, grantOf(inspected));
  const unasked = grantOf(toAnswer);
  await world.send(silent.log, () =>
    broker
      .connect(researcher)
      .logReceipt(unasked.id, unasked.member, unasked.proof, keccak256(unasked.kept.sealed.ciphertext), true, FREE),
  );
  await world.send(() => broker.connect(researcher).revokeGrant(unasked.id, randomSalt(), FREE));

  // Consents end in every way: by one withdrawal, by withdrawing all, by invalidation, by revocation, by time.
  await withdrawConsent(world, patient, care.id);
  await world.send(() => consents.connect(wallets.guardian).withdrawAll(played.minor.account.address, FREE));
  await world.actAsGroup(
    "supervision",
    call(consents, "invalidate", [doubtful.id, randomSalt()]),
    call(consents, "revoke", [asked.id, randomSalt()]),
  );
  const renewed = await drawUp(world, {
    patient: played.minor.account.address,
    policy: policy({ validUntil: start + 30 * YEAR }),
    byGuardian: true,
  });
  const renewal = await drawUp(world, {
    patient: patient.address,
    policy: policy({ validUntil: start + 2 * YEAR }),
    previous: research.id,
  });
  const signedRenewal = await signByPatient(world, patient, renewal);
  await world.send(giveDirectly(world, wallets.guardian, renewed), () =>
    consents.connect(relayer).giveBySignature(signedRenewal, FREE),
  );
  await ask(
    wallets.researcher,
    { kept: ofCategory(played.minor.records, "labs"), consent: lasts, study: genomics, word: RESEARCH },
    { kept: labs, consent: doubtful, study: genomics, word: RESEARCH },
    { kept: labs, consent: asked, study: genomics, word: RESEARCH },
    { kept: moreLabs, consent: renewal, study: genomics, word: RESEARCH },
  );
  const late = played.minor.granted;
  await world.send(() =>
    broker
      .connect(researcher)
      .logReceipt(late.id, late.member, late.proof, keccak256(late.kept.sealed.ciphertext), true, FREE),
  );

  // A correction; and destructions, of a record and of a batch.
  const corrected = await east(start + 15 * YEAR);
  const successor = corrected.find(isLabs)!;
  await world.send(anchor(corrected, "plain"));
  const [destroyed] = overdue as [KeptRecord];
  await world.send(
    () =>
      records
        .connect(wallets.eastGateway)
        .supersede(
          wrongLabs.batch.id,
          wrongLabs.record,
          wrongLabs.proof,
          successor.batch.id,
          successor.record,
          successor.proof,
          randomSalt(),
          FREE,
        ),
    ...[destroyed, unlisted[0]!].map(
      ({ batch, record, proof }) =>
        () =>
          records.connect(wallets.eastGateway).attestDestruction(batch.id, record, proof, randomSalt(), FREE),
    ),
    () => records.connect(wallets.eastGateway).attestBatchDestruction(gone[0]!.batch.id, randomSalt(), FREE),
  );
  await ask(wallets.researcher, { kept: wrongLabs, consent: research, study: genomics, word: RESEARCH });

  // Approvals lapse with time, and so do a consent and retentions.
  await elapse(2 * HOUR);
  const now = await world.now();
  const member = world.member("northHospital");
  const { accreditedFrom, accreditedUntil } = await institutions.profile(member);
  await world.actAsGroup("technology", call(institutions, "accredit", [member, accreditedFrom, now]));
  await ask(
    wallets.researcher,
    { kept: labs, consent: research, study: lapsing, word: RESEARCH },
    { kept: labs, consent: brief, study: genomics, word: RESEARCH },
  );
  await ask(wallets.northClinician, { kept: moreLabs, consent: care, word: TREATMENT });
  await world.actAsGroup("technology", call(institutions, "accredit", [member, accreditedFrom, accreditedUntil]));

  // Somebody asks and asks.
  const { maxDenials } = await broker.alertThresholds();
  await ask(
    wallets.otherResearcher,
    ...Array.from({ length: Number(maxDenials) }, () => ({ kept: labs, study: genomics, word: RESEARCH })),
  );

  await playGuardianOrders(world, played.minor.account.address);
  // Anyone shows the chain what was kept too long.
  const kept = overdue[1]!;
  await world.send(() =>
    world.contracts.supervision.connect(relayer).reportOverdueDestruction(kept.batch.id, kept.record, kept.proof, FREE),
  );

  // A pause that was not needed; then the rules change, and a seat ends, by vote.
  await world.actAsGroup("supervision", call(broker, "pauseAccess", [(await world.now()) + HOUR, randomSalt()]));
  await world.actAsGroup("supervision", call(broker, "resumeAccess", [randomSalt()]));
  await changeRules(world, call(world.contracts.seats, "endSeat", [world.member("southHospital"), ETHICS_GROUP]));

  const leftAlone = await playEmergencies(world, { patient, named: played.adult.account.address, labs, moreLabs });
  await playCases(world, { patient, grant: core.id });

  // Sanctions.
  const eastHospital = world.member("eastHospital");
  const violation = randomSalt();
  await world.send(
    () => token.connect(wallets.eastAdmin).mint(wallets.eastAdmin, 1_000, FREE),
    () => token.connect(wallets.eastAdmin).approve(institutions, 1_000, FREE),
    () => institutions.connect(wallets.eastAdmin).depositBond(eastHospital, 1_000, FREE),
  );
  await playUnjustified(world, patient.address);
  const suspend = (until: number, reason = randomSalt()): Call =>
    call(institutions, "suspend", [eastHospital, until, reason]);
  await world.actAsGroup(
    "supervision",
    suspend(now + YEAR, violation),
    call(institutions, "slashBond", [eastHospital, wallets.regulatorAdmin.address, 300, violation]),
  );
  await world.actAsGroup(
    "supervision",
    suspend(now + 2 * YEAR),
    call(institutions, "expel", [world.member("southHospital"), randomSalt()]),
  );
  await world.actAsGroup("supervision", call(institutions, "reinstate", [eastHospital, randomSalt()]));
  await world.actAsGroup("supervision", suspend(now + YEAR));

  // One emergency waits for its review, and one got none in time.
  await elapse(72 * HOUR);
  await world.send(() => world.contracts.emergencies.connect(relayer).lapse(leftAlone, FREE));
}

/** Of the contracts' InstitutionKind. */
const DATA_TRUST = 8;

/** A data trust is admitted; the patient gives it a mandate, by which it gives two consents, withdraws one of them, and refuses a third. */
async function playDataTrust(
  world: World,
  patient: Patient,
  policy: (fields: EncodePolicyWordParameters) => bigint,
): Promise<void> {
  const { patients, consents, institutions } = world.contracts;
  const { dataTrust, relayer } = world.wallets;
  const { until } = world.consortium.members[0]!.accreditation;
  const trust = [DATA_TRUST, 0, true, await world.now(), until, randomSalt(), dataTrust.address];
  await world.actAsGroup("technology", call(institutions, "admit", trust));
  const mandate = policy({ categories: ["labs"], level: 2 });
  const deadline = BigInt((await world.now()) + YEAR);
  const signature = await signPatientAct(patient, {
    act: "GiveMandate",
    chainId: world.chainId,
    verifyingContract: (await patients.getAddress()) as Hex,
    message: {
      identity: patient.address,
      delegate: dataTrust.address as Address,
      mandate,
      nonce: await patients.nonce(patient.address),
      deadline,
    },
  });
  await world.send(() =>
    patients
      .connect(relayer)
      .giveMandateBySignature(patient.address, dataTrust, mandate, patient.address, deadline, signature, FREE),
  );
  const draw = async (level: number): Promise<CreateConsentReturnType> =>
    drawUp(world, {
      patient: patient.address,
      policy: policy({
        categories: ["labs"],
        level,
        flags: ["autoApprove", "separateConsent", "delegateSigned"],
      }),
    });
  const [lasting, brief, unwanted] = [await draw(2), await draw(1), await draw(0)];
  await world.send(giveDirectly(world, dataTrust, lasting), giveDirectly(world, dataTrust, brief));
  await world.send(
    () => consents.connect(dataTrust).withdrawAsDelegate(brief.terms, FREE),
    () => consents.connect(dataTrust).refuse(unwanted.terms, FREE),
  );
}

/** A court replaces the minor's guardian; another order waits for the second group. */
async function playGuardianOrders(world: World, minor: Address): Promise<void> {
  const { patients, guardianOrders } = world.contracts;
  const { from, majority } = await patients.guardianship(minor);
  const until = (await world.now()) + 10 * 24 * HOUR;
  const [carriedOut, waiting] = [world.wallets.relayer, world.wallets.southAdmin].map((guardian) => ({
    ...{ patient: minor, guardian: guardian.address, coGuardian: zeroAddress },
    ...{ since: from, majority, until, documentHash: randomSalt() },
  }));
  await world.actAsGroup("ethics", call(guardianOrders, "approve", [carriedOut]));
  await world.actAsGroup(
    "supervision",
    call(guardianOrders, "approve", [carriedOut]),
    call(guardianOrders, "approve", [waiting]),
  );
  await world.send(() => guardianOrders.connect(world.wallets.relayer).carryOut(carriedOut!, FREE));
}

/** The emergencies of North Hospital's clinician: reviewed, of a person who is not identified, and left alone. Returns the last one's id. */
async function playEmergencies(
  world: World,
  { patient, named, labs, moreLabs }: { patient: Patient; named: Address; labs: KeptRecord; moreLabs: KeptRecord },
): Promise<Hex> {
  const { emergencies } = world.contracts;
  const { northClinician, eastGateway, supervisor, relayer } = world.wallets;
  const clinician = emergencies.connect(northClinician);
  const gateway = emergencies.connect(eastGateway);
  const { nonce } = await emergencies.optOutOf(patient.address);
  const optOut = await signOptOut(patient, {
    chainId: world.chainId,
    verifyingContract: (await emergencies.getAddress()) as Hex,
    patient: patient.address,
    categories: categoryMask(["genomics"]),
    nonce,
    deadline: BigInt((await world.now()) + YEAR),
    signer: patient.address,
  });
  const { signer, deadline, signature, categories } = optOut;
  await world.send(() =>
    emergencies.connect(relayer).setOptOutBySignature(patient.address, categories, signer, deadline, signature, FREE),
  );

  const reviewed = emergencyTerms(patient.address, ["labs", "genomics"], randomSalt());
  const refused = emergencyTerms(patient.address, ["genomics"], randomSalt());
  const left = emergencyTerms(named, ["labs"], randomSalt());
  const of = ({ batch, record, proof }: KeptRecord) => [batch.id, record, proof] as const;
  const unidentified = (kept: KeptRecord): EmergencyTerms =>
    unidentifiedEmergencyTerms({ batch: kept.batch.id, record: recordLeaf(kept.record) }, ["labs"], randomSalt());
  const [bound, unbound] = [unidentified(labs), unidentified(moreLabs)];
  await world.send(...[reviewed, refused, left, bound, unbound].map((terms) => () => clinician.open(terms, FREE)));

  const id = emergencyId(northClinician.address as Address, reviewed);
  const ciphertext = keccak256(labs.sealed.ciphertext);
  await world.send(
    () => gateway.logEmergencyDelivery(northClinician, reviewed, ...of(labs), ciphertext, randomSalt(), FREE),
    () => clinician.logEmergencyReceipt(id, labs.batch.id, recordLeaf(labs.record), ciphertext, true, FREE),
    () =>
      gateway.logEmergencyDelivery(
        northClinician,
        unbound,
        ...of(moreLabs),
        keccak256(moreLabs.sealed.ciphertext),
        randomSalt(),
        FREE,
      ),
    // Of this nobody logged that it was handed over.
    () => clinician.logEmergencyReceipt(id, moreLabs.batch.id, recordLeaf(moreLabs.record), ciphertext, false, FREE),
    () => gateway.bindPatient(northClinician, bound, labs.record, labs.proof, FREE),
    () => emergencies.connect(supervisor).review(id, true, randomSalt(), FREE),
  );
  return emergencyId(northClinician.address as Address, left);
}

/** An emergency of East Hospital's clinician that a supervisor finds unjustified. */
async function playUnjustified(world: World, patient: Address): Promise<void> {
  const { emergencies } = world.contracts;
  const { eastClinician, supervisor } = world.wallets;
  const terms = emergencyTerms(patient, ["labs"], randomSalt());
  await world.send(() => emergencies.connect(eastClinician).open(terms, FREE));
  const id = emergencyId(eastClinician.address as Address, terms);
  await world.send(() => emergencies.connect(supervisor).review(id, false, randomSalt(), FREE));
}

/** Cases against the institute: one dismissed, one whose appeal is granted, one whose appeal is not. */
async function playCases(world: World, { patient, grant }: { patient: Patient; grant: Hex }): Promise<void> {
  const { supervision, institutions, token } = world.contracts;
  const { northClinician, supervisor, southSupervisor, instituteAdmin, relayer } = world.wallets;
  const accused = world.member("researchInstitute");
  const complaintId = await complain(world, patient, accused);
  await world.send(
    () => supervision.connect(northClinician).complain(zeroAddress, accused, randomSalt(), FREE),
    () => token.connect(instituteAdmin).mint(instituteAdmin, 1_000, FREE),
    () => token.connect(instituteAdmin).approve(institutions, 1_000, FREE),
    () => institutions.connect(instituteAdmin).depositBond(accused, 1_000, FREE),
  );

  const by = supervision.connect(northClinician);
  const reports = [
    [accused, violationCode("MARKETING"), randomSalt(), zeroHash, zeroHash],
    [accused, violationCode("LEAK"), randomSalt(), complaintId, grant],
    [accused, violationCode("REIDENTIFICATION"), randomSalt(), zeroHash, zeroHash],
  ] as const;
  const [dismissed, granted, rejected] = (await Promise.all(
    reports.map((report) => by.reportViolation.staticCall(...report)),
  )) as [Hex, Hex, Hex];
  await world.send(...reports.map((report) => () => by.reportViolation(...report, FREE)));
  const decider = supervision.connect(supervisor);
  await world.send(
    () => decider.decide(dismissed, false, randomSalt(), FREE),
    () => decider.decide(granted, true, randomSalt(), FREE),
  );
  // One after the other: what the second costs depends on the suspension that the first gives.
  await world.send(() => decider.decide(rejected, true, randomSalt(), FREE));
  await world.send(
    () => supervision.connect(instituteAdmin).appeal(granted, randomSalt(), FREE),
    () => supervision.connect(instituteAdmin).appeal(rejected, randomSalt(), FREE),
  );
  const ledger = world.contracts.contributions.connect(relayer);
  await world.send(
    () => ledger.deduct(granted, FREE),
    () => ledger.deduct(rejected, FREE),
  );
  await world.send(
    () => supervision.connect(southSupervisor).decideAppeal(granted, true, randomSalt(), FREE),
    () => supervision.connect(southSupervisor).decideAppeal(rejected, false, randomSalt(), FREE),
  );
  await world.send(
    () => supervision.connect(relayer).payFine(rejected, FREE),
    () => ledger.restore(granted, FREE),
  );
}

/** Lab results of the usual level. */
function isLabs({ sealed: { classification } }: KeptRecord): boolean {
  return classification.category === "labs" && classification.level === 2;
}

function ofLevel(records: KeptRecord[], level: number): KeptRecord {
  return records.find(({ sealed }) => sealed.classification.level === level)!;
}

function ofCategory(records: KeptRecord[], category: string): KeptRecord {
  return records.find(({ sealed }) => sealed.classification.category === category)!;
}

/** A product of the demonstration's study earns for the category of the minor's record, which nobody has claimed yet. */
async function earnByCategory(world: World, { study, minor }: Played): Promise<void> {
  const { splitter, token } = world.contracts;
  const { relayer, researcher } = world.wallets;
  const product = randomSalt();
  const shares = { patients: 6_999, fund: 3_001, custodians: 0, payees: [] };
  const agreement = await splitter.agreementId(study, product);
  const { id: grant, member, proof, kept } = minor.granted;
  await world.send(
    () => splitter.connect(researcher).openAgreement(study, product, token, CATEGORY, shares, FREE),
    () => token.connect(relayer).mint(relayer, 503, FREE),
    () => token.connect(relayer).approve(splitter, 503, FREE),
  );
  await world.send(() =>
    splitter.connect(relayer).enrollCategories(agreement, [{ grant, member, proof }], [kept.record], FREE),
  );
  await world.send(() => splitter.connect(relayer).deposit(agreement, 503, randomSalt(), FREE));
}
