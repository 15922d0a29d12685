import { expect } from "chai";
import { zeroAddress, zeroHash, type Address } from "viem";
import {
  CATEGORIES,
  CATEGORY_OF_TYPE,
  decodePolicyWord,
  encodePolicyWord,
  FhirConsentError,
  fhirConsentToTerms,
  namesOf,
  presetPolicy,
  PURPOSES,
  RECIPIENTS,
  SENSITIVITIES,
  DUO_USES,
  FLAGS,
  MODIFIERS,
  termsToFhirConsent,
  type FhirResource,
  type PresetName,
} from "@consilium/sdk";
import { seededRandom } from "../utils/seededRandom.ts";

const PATIENT: Address = "0x2295Ff7a8Bd8b3F2884c6482146E3Ded0417f720";
const AGENT: Address = "0x00000000000000000000000000000000000000AA";
const STUDY = `0x${"5a".repeat(32)}` as const;
const CODES = "http://terminology.hl7.org/CodeSystem";
const TYPES = "http://hl7.org/fhir/resource-types";
const PRESETS: PresetName[] = [
  ...(["careOnly", "careAndPublicHealth", "nonProfitDiseaseResearch", "allEthicalResearch", "askMeEachTime"] as const),
];
const OPEN = { institution: 0, agent: zeroAddress, study: zeroHash };

/** A Consent as another system may write it. */
function foreign(provision: Record<string, unknown> = {}, root: Record<string, unknown> = {}): FhirResource {
  return {
    resourceType: "Consent",
    status: "active",
    scope: { coding: [{ system: `${CODES}/consentscope`, code: "research" }] },
    patient: { identifier: { value: `did:ethr:0x4f25:${PATIENT}` } },
    provision: {
      type: "permit",
      period: { start: "2026-01-01T00:00:00Z", end: "2026-12-31T23:59:59+01:00" },
      securityLabel: [{ system: `${CODES}/v3-Confidentiality`, code: "N" }],
      purpose: [{ system: `${CODES}/v3-ActReason`, code: "HRESCH" }],
      class: [
        { system: TYPES, code: "ImagingStudy" },
        { system: TYPES, code: "Media" },
      ],
      ...provision,
    },
    ...root,
  };
}

function classes(...types: string[]) {
  return { class: types.map((code) => ({ system: TYPES, code })) };
}

function labels(...codes: [system: string, code: string][]) {
  return { securityLabel: codes.map(([system, code]) => ({ system: `${CODES}/${system}`, code })) };
}

const read = (resource: FhirResource) => {
  const { terms, narrowed } = fhirConsentToTerms(resource, { open: { recipients: ["research"], regions: [0] } });
  return { ...decodePolicyWord(terms.policy), terms, narrowed };
};

describe("FHIR Consents", () => {
  describe("written and read back", () => {
    for (const preset of PRESETS) {
      for (const separateConsent of [false, true]) {
        it(`are the same terms: ${preset}${separateConsent ? " with a separate consent" : ""}`, () => {
          const policy = presetPolicy({ preset, validFrom: 1_800_000_000, validUntil: 1_900_000_001, separateConsent });
          const terms = { ...OPEN, patient: PATIENT, policy };
          const text = JSON.stringify(termsToFhirConsent(terms));
          expect(fhirConsentToTerms(text)).to.deep.equal({ terms, narrowed: [] });
        });
      }
    }

    it("are the same terms, whatever the word and whom they name", () => {
      const random = seededRandom("FHIR Consents");
      const some = <name extends string>(names: name[], least = 0): name[] => {
        const found = names.filter(() => random.below(2) === 0);
        return found.length < least ? [random.pick(names)] : found;
      };
      for (let round = 0; round < 300; round++) {
        const validFrom = random.below(2 ** 31);
        const policy = encodePolicyWord({
          purposes: some(namesOf(PURPOSES), 1),
          duoUses: some(namesOf(DUO_USES)),
          modifiers: some(namesOf(MODIFIERS)),
          categories: some(namesOf(CATEGORIES), 1),
          level: random.below(4),
          validFrom,
          validUntil: validFrom + 1 + random.below(2 ** 31),
          sensitivities: some(namesOf(SENSITIVITIES)),
          deidentification: random.below(5),
          recipients: some(namesOf(RECIPIENTS)),
          regions: [0, 1, 2, 3, 4, 5, 6, 7].filter(() => random.below(2) === 0),
          flags: some(namesOf(FLAGS)),
        });
        const terms = {
          patient: PATIENT,
          institution: random.pick([0, 1, 2 ** 32 - 1]),
          agent: random.pick([zeroAddress, AGENT]),
          study: random.pick([zeroHash, STUDY]),
          policy,
        };
        expect(fhirConsentToTerms(termsToFhirConsent(terms))).to.deep.equal({ terms, narrowed: [] });
      }
    });

    it("throw FhirConsentError where FHIR has no form for them", () => {
      const good = presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 253_402_300_800 });
      expect(() => termsToFhirConsent({ ...OPEN, patient: PATIENT, policy: good })).to.not.throw();
      for (const policy of [0n, good | (1n << 91n), good + (1n << 144n)]) {
        expect(() => termsToFhirConsent({ ...OPEN, patient: PATIENT, policy })).to.throw(FhirConsentError);
      }
    });
  });

  describe("of another system", () => {
    it("are read to the second", () => {
      const { terms, narrowed, ...fields } = read(foreign());
      expect(terms.patient).to.equal(PATIENT);
      expect(narrowed).to.deep.equal([]);
      expect(fields).to.include({
        level: 2,
        deidentification: 0,
        validFrom: Date.UTC(2026, 0, 1) / 1000,
        validUntil: Date.UTC(2026, 11, 31, 23) / 1000,
      });
      expect([fields.purposes, fields.categories, fields.sensitivities]).to.deep.equal([["HRESCH"], ["imaging"], []]);
      expect([fields.recipients, fields.regions, fields.flags]).to.deep.equal([["research"], [0], []]);
    });

    it("admit nobody whom nobody named, and say so", () => {
      const { terms, narrowed } = fhirConsentToTerms(foreign());
      expect(decodePolicyWord(terms.policy).recipients).to.deep.equal([]);
      expect(narrowed).to.have.lengthOf(1);
    });

    it("are narrowed by days without a time zone and by labels between two levels, and say so", () => {
      const days = read(foreign({ period: { start: "2026-01-01", end: "2026-01-02" } }));
      expect([days.validFrom, days.validUntil]).to.deep.equal([
        Date.UTC(2026, 0, 1, 12) / 1000,
        Date.UTC(2026, 0, 2, 10) / 1000,
      ]);
      expect(days.narrowed).to.have.lengthOf(1);
      for (const [code, level] of [
        ["L", 0],
        ["R", 2],
      ] as const) {
        const labelled = read(foreign(labels(["v3-Confidentiality", code])));
        expect([labelled.level, labelled.narrowed.length]).to.deep.equal([level, 1]);
      }
      const bare = read(foreign({ securityLabel: undefined }));
      expect([bare.level, bare.narrowed.length]).to.deep.equal([2, 1]);
      const fraction = read(foreign({ period: { start: "2026-01-01T00:00:00.5Z", end: "2026-01-01T00:00:09.5Z" } }));
      expect(fraction.validUntil - fraction.validFrom).to.equal(8);
    });

    it("name sensitivities and obligations by their HL7 codes", () => {
      const act = "v3-ActCode";
      const confidentiality: [string, string] = ["v3-Confidentiality", "V"];
      const { sensitivities, deidentification, level } = read(
        foreign(labels(confidentiality, [act, "MH"], [act, "HIV"], [act, "PSEUD"])),
      );
      expect([sensitivities, deidentification, level]).to.deep.equal([["HIV", "PSY"], 1, 3]);
    });

    it("name a category by all types of its resources, and no category by fewer", () => {
      const typesOf = (category: string) =>
        [...CATEGORY_OF_TYPE].filter(([, one]) => one === category).map(([type]) => type);
      expect(read(foreign(classes(...typesOf("diagnoses")))).categories).to.deep.equal(["diagnoses"]);
      const labs = read(foreign(classes(...typesOf("labs"))));
      expect([labs.categories, labs.narrowed.length]).to.deep.equal([["labs"], 1]);
      const all = read(foreign(classes(...CATEGORY_OF_TYPE.keys())));
      expect([all.categories, all.narrowed]).to.deep.equal([namesOf(CATEGORIES), []]);
      // Genomic and vital observations are no part of these.
      for (const types of [["Condition"], ["MolecularSequence"], typesOf("vitalsAndDevices"), ["Observation"]]) {
        expect(() => read(foreign(classes(...types))), types.join()).to.throw(FhirConsentError, "class");
      }
    });

    it("name an institution and a wallet as actors", () => {
      const actor = (system: string, value: string, code = "IRCP") => ({
        role: { coding: [{ code }] },
        reference: { identifier: { system, value } },
      });
      const institution = actor("urn:consilium:institution", "7");
      const wallet = actor("urn:ietf:rfc:3986", `did:ethr:${AGENT.toLowerCase()}`);
      const { terms } = read(foreign({ actor: [institution, wallet] }));
      expect([terms.institution, terms.agent]).to.deep.equal([7, AGENT]);
      for (const actors of [
        [],
        [institution, institution],
        [actor("urn:consilium:institution", "7", "PRCP")],
        [actor("urn:consilium:institution", "0")],
        [actor("urn:consilium:institution", "4294967296")],
        [actor("urn:other", "7")],
        [{ role: { coding: [{ code: "IRCP" }] }, reference: { reference: "Organization/1" } }],
      ]) {
        expect(() => read(foreign({ actor: actors })), JSON.stringify(actors)).to.throw(FhirConsentError, "actor");
      }
    });

    it("are read where all but one nested provision is denied", () => {
      const { type, ...rest } = foreign()["provision"] as Record<string, unknown>;
      const permit = { type, ...rest };
      const rule = (code: string) => ({ policyRule: { coding: [{ system: `${CODES}/v3-ActCode`, code }] } });
      const nested = (root: Record<string, unknown>, ...provision: unknown[]) =>
        foreign({}, { ...root, provision: { provision } });
      expect(read(nested(rule("OPTOUT"), permit)).terms).to.deep.equal(read(foreign()).terms);
      expect(read(foreign({}, { provision: { type: "deny", provision: [permit] } })).level).to.equal(2);
      for (const resource of [
        nested(rule("OPTIN"), permit),
        nested({}, permit),
        nested(rule("OPTOUT"), permit, permit),
        nested(rule("OPTOUT"), { ...permit, type: "deny" }),
        nested(rule("OPTOUT"), { ...permit, provision: [permit] }),
        foreign({}, { provision: { type: "permit", provision: [{ ...permit, type: "deny" }] } }),
        foreign({ provision: [{ ...permit, type: "deny" }] }),
      ]) {
        expect(() => read(resource), JSON.stringify(resource)).to.throw(FhirConsentError, "provision");
      }
    });

    it("throw FhirConsentError for each thing that terms cannot say, and quote none of it", () => {
      const secret = "SECRET-4711";
      const bad: [FhirResource, string][] = [
        [{ ...foreign(), resourceType: "Patient" }, "resourceType"],
        [foreign({}, { status: "rejected" }), "status"],
        [foreign({}, { modifierExtension: [{ url: secret }] }), "modifierExtension"],
        [foreign({}, { scope: { coding: [{ code: "adr" }] } }), "scope"],
        [foreign({}, { provision: undefined }), "provision"],
        [foreign({ type: "deny" }), "provision.type"],
        [foreign({ type: undefined }), "provision.type"],
        [foreign({ modifierExtension: [{ url: secret }] }), "modifierExtension"],
        [foreign({ code: [{ coding: [{ code: secret }] }] }), "provision.code"],
        [foreign({ data: [{ meaning: "instance", reference: { reference: secret } }] }), "provision.data"],
        [foreign({ dataPeriod: { start: "2020-01-01" } }), "provision.dataPeriod"],
        [foreign({ [secret]: 1 }), "provision.element"],
        [foreign({ period: undefined }), "period's start"],
        [foreign({ period: { start: "2026-01-01" } }), "period's end"],
        [foreign({ period: { start: "2026", end: "2027" } }), "period's start"],
        [foreign({ period: { start: "2026-01-02", end: "2026-01-01" } }), "period"],
        [foreign({ purpose: undefined }), "purpose"],
        [foreign({ purpose: [] }), "purpose"],
        [foreign({ purpose: [{ system: `${CODES}/v3-ActReason`, code: secret }] }), "purpose"],
        [foreign({ purpose: [{ system: "urn:other", code: "TREAT" }] }), "purpose"],
        [foreign({ purpose: [{ system: `${CODES}/v3-ActReason` }] }), "purpose"],
        [foreign({ class: undefined }), "class"],
        [foreign({ class: [{ system: TYPES, code: secret }] }), "class"],
        [foreign(labels(["v3-Confidentiality", "N"], ["v3-Confidentiality", "V"])), "securityLabel"],
        [foreign(labels(["v3-Confidentiality", "X"])), "securityLabel"],
        [foreign(labels(["v3-ActCode", "BH"])), "securityLabel"],
        [foreign(labels(["v3-ActCode", "PSEUD"], ["v3-ActCode", "ANONY"])), "securityLabel"],
        [foreign(labels(["other", "HIV"])), "securityLabel"],
        [foreign({ action: [{ coding: [{ code: "collect" }] }] }), "action"],
        [foreign({}, { patient: { reference: secret } }), "patient"],
      ];
      for (const [resource, element] of bad) {
        let thrown: unknown;
        try {
          read(resource);
        } catch (error) {
          thrown = error;
        }
        expect(thrown, element).to.be.instanceOf(FhirConsentError);
        expect((thrown as Error).message)
          .to.include(element)
          .and.not.include(secret);
      }
    });

    it("are of the patient that the caller knows, who must not be another", () => {
      const anonymous = foreign({}, { patient: { reference: "Patient/1" } });
      expect(fhirConsentToTerms(anonymous, { patient: AGENT }).terms.patient).to.equal(AGENT);
      expect(() => fhirConsentToTerms(foreign(), { patient: AGENT })).to.throw(FhirConsentError, "patient");
    });

    it("are refused where our own extension was changed", () => {
      const whole = termsToFhirConsent({
        ...OPEN,
        patient: PATIENT,
        policy: presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1_900_000_000 }),
      });
      for (const [from, to] of [
        ['"valueString":"1"', '"valueString":"2"'],
        ['"url":"recipient"', '"url":"receiver"'],
        ['"valueString":"hospital"', '"valueString":"everybody"'],
        ['"url":"region","valueString":"7"', '"url":"region","valueString":"8"'],
        ['"url":"region","valueString":"7"', '"url":"study","valueString":"0x12"'],
        ['"url":"region","valueString":"7"', '"url":"deidentification","valueString":"3"'],
      ] as const) {
        const text = JSON.stringify(whole);
        expect(text).to.include(from);
        expect(() => fhirConsentToTerms(text.replace(from, to)), to).to.throw(FhirConsentError, "modifierExtension");
      }
    });
  });
});
