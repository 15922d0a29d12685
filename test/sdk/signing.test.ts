import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { keccak256, zeroAddress, type Address, type EIP1193Provider, type Hex } from "viem";
import {
  abis,
  actNonce,
  callOf,
  consentId,
  contractDomain,
  createConsent,
  encodePolicyWord,
  giveJointlyCall,
  JsonError,
  parseRelay,
  providerSigner,
  randomSalt,
  relayCall,
  RelayError,
  sendCall,
  serializeRelay,
  signAnswerRequest,
  signComplaint,
  signGiveConsent,
  signLimitRetention,
  signOptOut,
  signPatientAct,
  signRedeemPoints,
  signRefuseConsent,
  signVote,
  signWithdrawAllConsents,
  signWithdrawConsent,
  startRecoveryCall,
  type Call,
  type PatientActMessages,
  type Suite,
  type TypedDataSigner,
  type TypedMessage,
} from "@consilium/sdk";
import { ROOT } from "../../scripts/paths.ts";
import { DELIVERY, DAY, deployApproved, hash, loadFixture, sendPending, time, YEAR } from "../access/scenario.ts";
import { connection, deployGoverned, type SignerName } from "../fixtures/consilium.ts";
import { propose } from "../governance/acts.ts";
import { openAs } from "./support/openScenario.ts";

const DEADLINE = 2n ** 40n;
const NAME = keccak256("0x01");

/** Every signed act, made by wallets behind an EIP-1193 provider, relayed by somebody else, and looked up on the contracts. */
describe("Signed acts by the SDK", () => {
  const signed: TypedMessage[] = [];
  const sent: Call[] = [];
  let suite: Suite;
  let fixture: Awaited<ReturnType<typeof deployApproved>>;

  beforeEach(async () => {
    fixture = await loadFixture(deployApproved);
    suite = await openAs(fixture, "relayer");
  });

  const address = (name: SignerName) => fixture.signers[name].address as Address;

  /** A wallet behind the chain's own provider, which notes what it is asked to sign. */
  function walletOf(name: SignerName): TypedDataSigner {
    const signer = providerSigner(connection.provider as unknown as EIP1193Provider, address(name));
    return {
      signTypedData: (typedData) => {
        signed.push(typedData);
        return signer.signTypedData(typedData);
      },
    };
  }

  async function relay(call: Call): Promise<void> {
    sent.push(call);
    await sendCall(suite, call);
  }

  const by = (name: SignerName) => ({ signer: address(name), deadline: DEADLINE });

  async function act<name extends Exclude<keyof PatientActMessages, "Recover">>(
    name: name,
    values: Omit<PatientActMessages[name], "identity" | "nonce" | "deadline">,
  ): Promise<void> {
    const identity = address("patient");
    const nonce = await actNonce(suite, "PatientAct", identity);
    const message = { ...values, identity, nonce, deadline: DEADLINE } as unknown as PatientActMessages[name];
    const domain = contractDomain(suite, "PatientRegistry");
    const signature = await signPatientAct(walletOf("patient"), { ...domain, act: name, message });
    const whole = { message, signer: identity, signature } as unknown as Parameters<typeof relayCall<name>>[1];
    await relay(relayCall(name, whole));
  }

  function consentOf(patient: Address) {
    const policy = encodePolicyWord({ ...fixture.researchPolicy, validUntil: fixture.start + YEAR });
    return createConsent({ patient, policy, epoch: 0, notice: hash("notice") });
  }

  describe("consents", () => {
    it("are given, withdrawn, refused and ended", async () => {
      const { consents } = fixture;
      const domain = contractDomain(suite, "ConsentRegistry");
      const patient = address("patient");
      const status = async (id: Hex) => Number((await consents.consent(id)).status);
      const given = consentOf(patient);
      const wallet = walletOf("patient");
      await relay(relayCall("GiveConsent", await signGiveConsent(wallet, { ...domain, ...given, ...by("patient") })));
      expect(await status(given.id)).to.equal(1);

      const withdrawal = await signWithdrawConsent(wallet, { ...domain, consent: given.id, ...by("patient") });
      await relay(relayCall("WithdrawConsent", withdrawal));
      expect(await status(given.id)).to.equal(3);

      const refused = consentOf(patient);
      const refusal = await signRefuseConsent(wallet, { ...domain, ...refused, ...by("patient") });
      await relay(relayCall("RefuseConsent", refusal));
      expect(await status(refused.id)).to.equal(6);

      const end = await signWithdrawAllConsents(wallet, { ...domain, patient, epoch: 0, ...by("patient") });
      await relay(relayCall("WithdrawAllConsents", end));
      expect(await consents.epochOf(patient)).to.equal(1n);
    });

    it("are given by guardian and minor together", async () => {
      const { consents, patients, signers } = fixture;
      const now = await time.latest();
      const minor = address("minor");
      const guardian = address("guardian");
      const terms = [minor, guardian, zeroAddress, now + DAY, now + YEAR] as const;
      await patients.connect(signers.minor).appointGuardian(...terms);
      await time.increaseTo(now + 2 * DAY);
      const policy = encodePolicyWord({
        ...fixture.researchPolicy,
        validUntil: now + YEAR,
        flags: ["autoApprove", "separateConsent", "guardianSigned"],
      });
      const consent = createConsent({ patient: minor, policy, epoch: 0, notice: hash("notice") });
      const [order] = await patients.jointSigners(minor);
      const names = order.map((one): SignerName => (one === minor ? "minor" : "guardian"));
      const domain = contractDomain(suite, "ConsentRegistry");
      const [first, second] = [names[0]!, names[1]!];
      await relay(
        giveJointlyCall([
          await signGiveConsent(walletOf(first), { ...domain, ...consent, ...by(first) }),
          await signGiveConsent(walletOf(second), { ...domain, ...consent, ...by(second) }),
        ]),
      );
      expect(Number((await consents.consent(consent.id)).status)).to.equal(1);
    });
  });

  it("answer a request that waits for the patient", async () => {
    const { id, body } = await sendPending(fixture, { ethics: false, patient: true });
    const parameters = { ...contractDomain(suite, "AccessBroker"), request: id, approved: true, ...by("patient") };
    const answer = await signAnswerRequest(walletOf("patient"), parameters);
    await relay(relayCall("AnswerRequest", { ...answer, requester: address("researcher"), body }));
    expect((await fixture.broker.grant(id)).decision).to.equal(1n);
  });

  it("close categories to emergencies, with the nonce that the chain tells", async () => {
    const patient = address("patient");
    for (const categories of [8, 9]) {
      const nonce = await actNonce(suite, "SetOptOut", patient);
      const parameters = { ...contractDomain(suite, "EmergencyAccess"), patient, categories, nonce, ...by("patient") };
      await relay(relayCall("SetOptOut", await signOptOut(walletOf("patient"), parameters)));
      expect((await fixture.emergencies.optOutOf(patient)).categories).to.equal(categories);
    }
  });

  it("limit a record's retention and lift the limit, with the nonce that the chain tells", async () => {
    const { batch, records, start } = fixture;
    const [record, proof] = [batch.record(0), batch.proof(0)];
    const domain = contractDomain(suite, "RecordRegistry");
    for (const until of [start + 30 * DAY, 0]) {
      const nonce = await actNonce(suite, "LimitRetention", batch.id, 0);
      const parameters = { ...domain, batch: batch.id, record, proof, until, nonce, ...by("patient") };
      await relay(relayCall("LimitRetention", await signLimitRetention(walletOf("patient"), parameters)));
      expect((await records.retentionLimit(batch.id, 0)).until).to.equal(until);
    }
  });

  it("complain of an institution", async () => {
    const parameters = { patient: address("patient"), accused: fixture.ids.north, textHash: hash("text") };
    const domain = contractDomain(suite, "Supervision");
    const complaint = await signComplaint(walletOf("patient"), { ...domain, ...parameters, ...by("patient") });
    await relay(relayCall("Complain", complaint));
    const events = await fixture.supervision.queryFilter(fixture.supervision.filters.ComplaintFiled(), -1);
    expect(events).to.have.lengthOf(1);
  });

  it("redeem points", async () => {
    const { broker, points, signers, id, body, member, proof } = fixture;
    await broker.connect(signers.northGateway).logDelivery(id, member, proof, body.record, DELIVERY);
    await points.claim(id, member, proof);
    const patient = address("patient");
    const held = await points.balanceOf(patient);
    const parameters = {
      ...contractDomain(suite, "HealthPoints"),
      ...{ patient, institution: fixture.ids.north, points: 1n, referenceHash: hash("reference") },
      nonce: await actNonce(suite, "RedeemPoints", patient),
      ...by("patient"),
    };
    await relay(relayCall("RedeemPoints", await signRedeemPoints(walletOf("patient"), parameters)));
    expect(await points.balanceOf(patient)).to.equal(held - 1n);
  });

  describe("on the PatientRegistry", () => {
    it("set and revoke delegates and attributes, mandates and guardians, and hand over", async () => {
      const { patients } = fixture;
      const identity = address("patient");
      const delegate = address("dataTrust");
      const delegateType = hash("veriKey");
      await act("AddDelegate", { delegateType, delegate, validity: 86_400n });
      expect(await patients.validDelegate(identity, delegateType, delegate)).to.equal(true);
      await act("RevokeDelegate", { delegateType, delegate });
      expect(await patients.validDelegate(identity, delegateType, delegate)).to.equal(false);

      await act("SetAttribute", { name: NAME, value: "0x1234", validity: 86_400n });
      await act("RevokeAttribute", { name: NAME, value: "0x1234" });
      const changes = await patients.queryFilter(patients.filters.DIDAttributeChanged(identity), -2);
      expect(changes.map(({ args }) => args.value)).to.deep.equal(["0x1234", "0x1234"]);

      const mandate = encodePolicyWord(fixture.researchPolicy);
      await act("GiveMandate", { delegate, mandate });
      expect(await patients.mandate(identity, delegate)).to.equal(mandate);
      await act("EndMandate", { delegate });
      expect(await patients.mandate(identity, delegate)).to.equal(0n);

      await act("ChangeOwner", { newOwner: address("helper1") });
      expect(await patients.identityOwner(identity)).to.equal(address("helper1"));
    });

    it("say where revenue goes", async () => {
      const identity = address("patient");
      for (const to of [address("helper1"), zeroAddress] as const) {
        await act("SetPayout", { to });
        expect(await fixture.patients.payoutAddress(identity)).to.equal(to === zeroAddress ? identity : to);
      }
    });

    it("appoint a guardian", async () => {
      const majority = (await time.latest()) + YEAR;
      const values = { guardian: address("guardian"), coGuardian: zeroAddress, assentFrom: majority, majority };
      await act("AppointGuardian", values);
      expect(await fixture.patients.guardianAt(address("patient"), majority - 1)).to.equal(address("guardian"));
    });

    it("set helpers, who start a recovery M of N, which the owner cancels, or anyone finishes after the delay", async () => {
      const { patients } = fixture;
      const identity = address("patient");
      const names = (["helper1", "helper2", "helper3"] as const).toSorted((one, other) =>
        BigInt(address(one)) < BigInt(address(other)) ? -1 : 1,
      );
      const setup = { helpers: names.map(address), threshold: 2, delay: DAY };
      await act("SetRecovery", setup);

      const newOwner = address("otherPatient");
      const start = async (...helpers: SignerName[]): Promise<Call> => {
        const nonce = await actNonce(suite, "Recover", identity);
        const message = { identity, newOwner, nonce, deadline: DEADLINE };
        const parameters = { ...contractDomain(suite, "PatientRegistry"), act: "Recover", message } as const;
        const signatures = [];
        for (const name of helpers) {
          signatures.push({ signer: address(name), signature: await signPatientAct(walletOf(name), parameters) });
        }
        return startRecoveryCall({ identity, newOwner, setup, deadline: DEADLINE, signatures });
      };
      await relay(await start(names[2]!, names[0]!));
      expect((await patients.recovery(identity)).newOwner).to.equal(newOwner);
      await act("CancelRecovery", {});
      expect((await patients.recovery(identity)).newOwner).to.equal(zeroAddress);

      await relay(await start(names[1]!, names[2]!));
      await time.increase(DAY);
      await relay(callOf("PatientRegistry", "finishRecovery", [identity]));
      expect(await patients.identityOwner(identity)).to.equal(newOwner);
    });
  });

  it("vote, with a reason and without", async () => {
    const governed = await loadFixture(deployGoverned);
    const { governor, signers, ruleSet, broker } = governed;
    const data = broker.interface.encodeFunctionData("setRuleSet", [await ruleSet.getAddress()]);
    const proposal = await propose(governed, signers.northAdmin, [{ target: broker, data }]);
    await time.increaseTo(proposal.snapshot + 1);
    fixture = governed as unknown as typeof fixture;
    suite = await openAs(governed, "relayer");
    for (const [name, reasonHash] of [
      ["southAdmin", undefined],
      ["northAdmin", randomSalt()],
    ] as const) {
      const voter = address(name);
      const nonce = await actNonce(suite, "Vote", voter);
      const domain = contractDomain(suite, "ConsiliumGovernor");
      const vote = { ...domain, proposal: proposal.id, vote: "FOR", voter, nonce, reasonHash } as const;
      await relay(relayCall("Vote", await signVote(walletOf(name), vote)));
      expect(await governor.hasVoted(proposal.id, voter)).to.equal(true);
    }
  });

  describe("in a file", () => {
    /** A consent of each patient, signed in a file that somebody else reads. */
    async function signConsents() {
      const domain = contractDomain(suite, "ConsentRegistry");
      const names: SignerName[] = ["patient", "otherPatient"];
      return Promise.all(
        names.map((name) => signGiveConsent(walletOf(name), { ...domain, ...consentOf(address(name)), ...by(name) })),
      );
    }

    it("are read as they were written, and give many consents at once", async () => {
      const signedConsents = await signConsents();
      const call = relayCall("GiveManyConsents", signedConsents);
      const read = parseRelay(suite, serializeRelay(suite, call));
      expect(read).to.deep.equal(call);
      await relay(read);
      for (const { terms } of signedConsents) {
        expect(Number((await fixture.consents.consent(consentId(terms))).status)).to.equal(1);
      }
    });

    it("carry withdrawal, end and refusal", async () => {
      const [patient, domain] = [address("patient"), contractDomain(suite, "ConsentRegistry")];
      const wallet = walletOf("patient");
      const calls = [
        relayCall(
          "WithdrawConsent",
          await signWithdrawConsent(wallet, { ...domain, consent: hash("consent"), ...by("patient") }),
        ),
        relayCall(
          "WithdrawAllConsents",
          await signWithdrawAllConsents(wallet, { ...domain, patient, epoch: 0, ...by("patient") }),
        ),
        relayCall(
          "RefuseConsent",
          await signRefuseConsent(wallet, { ...domain, ...consentOf(patient), ...by("patient") }),
        ),
      ];
      expect(calls.map((call) => parseRelay(suite, serializeRelay(suite, call)))).to.deep.equal(calls);
    });

    it("are refused where the sender's own rights would be used", async () => {
      const [one] = await signConsents();
      const own = callOf("ConsentRegistry", "withdraw", [hash("consent")]);
      expect(() => serializeRelay(suite, own)).to.throw(RelayError, "withdraw is no act");
      expect(() => serializeRelay(suite, giveJointlyCall([one!]))).to.throw(RelayError, "giveJointly is no act");
      const data = fixture.consents.interface.encodeFunctionData("withdraw", [hash("consent")]);
      const to = contractDomain(suite, "ConsentRegistry").verifyingContract;
      const text = JSON.stringify({ version: 1, chainId: suite.chainId, to, data });
      expect(() => parseRelay(suite, text)).to.throw(RelayError, "withdraw is no act");
    });

    it("are refused if they are for another chain or contract, altered, or something else", async () => {
      const [one] = await signConsents();
      const text = serializeRelay(suite, relayCall("GiveConsent", one!));
      const form = JSON.parse(text) as { chainId: number; to: Address; data: Hex };
      const refuse = (changed: unknown, reason: string) => {
        expect(() => parseRelay(suite, JSON.stringify(changed)), reason).to.throw(RelayError, reason);
      };
      refuse({ ...form, chainId: form.chainId + 1 }, "it is for chain");
      refuse({ ...form, chainId: String(form.chainId) }, "chainId is no number");
      refuse({ ...form, to: address("patient") }, "is no contract of this suite");
      refuse({ ...form, to: contractDomain(suite, "Supervision").verifyingContract }, "no call of Supervision");
      refuse({ ...form, to: "somewhere" }, "to no address");
      refuse({ ...form, data: form.data.slice(0, -2) }, "its data");
      refuse({ ...form, data: `${form.data}00` }, "its data");
      refuse({ ...form, data: "0x" }, "no call of ConsentRegistry");
      refuse({ ...form, data: 7 }, "data no hex digits");
      refuse({ ...form, version: 2 }, "its version is not 1");
      refuse({ ...form, note: "please" }, "fields besides");
      for (const other of [null, [], 1, "text"]) refuse(other, "its version is not 1");
      expect(() => parseRelay(suite, "no JSON")).to.throw(JsonError);
      const broken = relayCall("GiveConsent", { ...one!, signer: "0x12" });
      expect(() => serializeRelay(suite, broken)).to.throw(RelayError, "do not fit giveBySignature");
    });
  });

  describe("taken all together", () => {
    it("have every type that the contracts hash", () => {
      const sources = globSync("contracts/**/*.sol", { cwd: ROOT }).filter((file) => !file.includes("/mocks/"));
      const types = sources.flatMap((file) =>
        [...readFileSync(join(ROOT, file), "utf8").matchAll(/^[^/\n]*"([A-Z]\w*\(\w+ \w+[^"]*\))"/gm)].map(
          ([, type]) => type!,
        ),
      );
      expect(types).to.have.lengthOf.at.least(20);
      const known = new Set(signed.flatMap((typedData) => encodedTypes(typedData)));
      expect(types.filter((type) => !known.has(type))).to.deep.equal([]);
    });

    it("reach every function that takes signatures", () => {
      const taking = Object.entries(abis).flatMap(([contract, abi]) =>
        abi
          .filter((part) => part.type === "function")
          .map(({ name }) => name)
          .filter(
            (name) => /(BySig|BySignature|Jointly)$/.test(name) || name === "startRecovery" || name === "giveMany",
          )
          .map((name) => `${contract}.${name}`),
      );
      const reached = new Set(sent.map(({ contract, functionName }) => `${contract}.${functionName}`));
      // A seat cannot be delegated: the contract refuses.
      expect(taking.filter((name) => !reached.has(name))).to.deep.equal(["CommitteeSeats.delegateBySig"]);
    });
  });
});

/** The encoded types of a message and of the structs within it, by EIP-712. */
function encodedTypes({ types }: TypedMessage): string[] {
  const one = (name: string): string =>
    `${name}(${types[name]!.map((field) => `${field.type} ${field.name}`).join(",")})`;
  const within = (name: string): string[] =>
    types[name]!.flatMap(({ type }) => (types[type] === undefined ? [] : [type, ...within(type)]));
  return Object.keys(types).map((name) => `${one(name)}${[...new Set(within(name))].sort().map(one).join("")}`);
}
