import { expect } from "chai";
import { zeroHash } from "viem";
import {
  commitDocument,
  decodePolicyWord,
  DUO_TERMS,
  DUO_VERSION,
  DuoError,
  duoToPolicyWord,
  encodePolicyWord,
  policyWordToDuo,
} from "@consilium/sdk";
import type { DuoCode, DuoTag } from "@consilium/sdk";

const ROOT = `0x${"ab".repeat(32)}`;
const FROM = Date.UTC(2026, 0, 31) / 1000;

/** The table of the domain, written out by bit: what a term sets, and what it clears. */
const TABLE: [code: DuoCode, shorthand: string, sets: number[], clears: number[]][] = [
  ["DUO:0000004", "NRES", [32, 33, 34, 35, 36, 37], []],
  ["DUO:0000042", "GRU", [32, 33, 34, 35, 36], []],
  ["DUO:0000006", "HMB", [33, 34, 36], []],
  ["DUO:0000007", "DS", [34, 36], []],
  ["DUO:0000011", "POA", [35, 36], []],
  ["DUO:0000043", "CC", [37], []],
  ["DUO:0000044", "NPOA", [], [35]],
  ["DUO:0000015", "NMDS", [], [36]],
  ["DUO:0000045", "NPU", [48], []],
  ["DUO:0000046", "NCU", [49], []],
  ["DUO:0000018", "NPUNCU", [48, 49], []],
  ["DUO:0000021", "IRB", [50], []],
  ["DUO:0000020", "COL", [51], []],
  ["DUO:0000019", "PUB", [52], []],
  ["DUO:0000024", "MOR", [53], []],
  ["DUO:0000029", "RTN", [54], []],
  ["DUO:0000022", "GS", [55], []],
  ["DUO:0000028", "IS", [56], []],
  ["DUO:0000027", "PS", [57], []],
  ["DUO:0000026", "US", [58], []],
  ["DUO:0000025", "TS", [59], []],
  ["DUO:0000016", "GSO", [60], []],
  ["DUO:0000012", "RS", [61], []],
];

/** A valid tag of each code. */
function tagOf(code: DuoCode): DuoTag {
  switch (DUO_TERMS[code].parameter) {
    case "diseases":
      return { code, diseases: ["MONDO:0005148"] };
    case "researchTypes":
      return { code, researchTypes: ["paediatric"] };
    case "regions":
      return { code, regions: ["FR", "DE"] };
    case "date":
      return { code, date: "2027-02-28" };
    case "months":
      return { code, months: 13 };
    case "users":
      return { code, users: ROOT };
    case "projects":
      return { code, projects: ROOT };
    case "institutions":
      return { code, institutions: ROOT };
    default:
      return { code };
  }
}

const DUO_BITS = ((1n << 48n) - 1n) << 32n;
const bits = (numbers: number[]): bigint => numbers.reduce((word, bit) => word | (1n << BigInt(bit)), 0n);

describe("DUO", () => {
  describe("duoToPolicyWord", () => {
    it("throws DuoError if no tag allows a use", () => {
      expect(() => duoToPolicyWord([])).to.throw(DuoError, "allow no use");
      expect(() => duoToPolicyWord([{ code: "DUO:0000021" }])).to.throw(DuoError, "allow no use");
      expect(() => duoToPolicyWord([{ code: "DUO:0000044" }])).to.throw(DuoError, "allow no use");
    });

    it("throws DuoError for an unknown code", () => {
      expect(() => duoToPolicyWord([{ code: "DUO:0000001" as never }])).to.throw(DuoError, "DUO:0000001 is unknown");
      expect(() => duoToPolicyWord([{ code: "constructor" as never }])).to.throw(DuoError, "constructor is unknown");
    });

    it("throws DuoError for a parameter that is missing, malformed, or another code's", () => {
      const gru: DuoTag = { code: "DUO:0000042" };
      const bad: [DuoTag, string][] = [
        [{ code: "DUO:0000007" }, "needs diseases"],
        [{ code: "DUO:0000007", diseases: [] }, "needs diseases"],
        [{ code: "DUO:0000007", diseases: [""] }, "needs diseases"],
        [{ code: "DUO:0000012", researchTypes: [] }, "needs researchTypes"],
        [{ code: "DUO:0000022" }, "needs regions"],
        [{ code: "DUO:0000024", date: "2027-02-29" }, "needs date"],
        [{ code: "DUO:0000024", date: "2027-2-3" }, "needs date"],
        [{ code: "DUO:0000025", months: 0 }, "needs months"],
        [{ code: "DUO:0000025", months: 1201 }, "needs months"],
        [{ code: "DUO:0000025", months: 1.5 }, "needs months"],
        [{ code: "DUO:0000026", users: "0xab" }, "needs users"],
        [{ code: "DUO:0000027" }, "needs projects"],
        [{ code: "DUO:0000028", institutions: "all" }, "needs institutions"],
        [{ code: "DUO:0000021", months: 3 }, "takes no months"],
      ];
      for (const [tag, text] of bad) {
        expect(() => duoToPolicyWord([gru, tag], { validFrom: FROM }), text).to.throw(DuoError, text);
      }
    });

    it("throws DuoError for a time limit without a start", () => {
      expect(() => duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000025", months: 3 }])).to.throw(
        DuoError,
        "has no start",
      );
    });

    it("has exactly the terms of the table", () => {
      expect(Object.keys(DUO_TERMS)).to.have.members(TABLE.map(([code]) => code));
    });

    for (const [code, shorthand, sets, clears] of TABLE) {
      it(`compiles ${shorthand} (${code}) to its bits`, () => {
        expect(DUO_TERMS[code].shorthand).to.equal(shorthand);
        const base: DuoCode = "DUO:0000042";
        const without = duoToPolicyWord([{ code: base }]).word;
        const { word } = duoToPolicyWord([{ code: base }, tagOf(code)], { validFrom: FROM });
        expect(word & DUO_BITS).to.equal((without | bits(sets)) & ~bits(clears));
        if (sets.some((bit) => bit < 48)) {
          expect(duoToPolicyWord([tagOf(code)]).word).to.equal(bits(sets));
        }
      });
    }

    it("takes away what a tag forbids whatever the order", () => {
      const forward = duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000044" }]).word;
      const backward = duoToPolicyWord([{ code: "DUO:0000044" }, { code: "DUO:0000042" }]).word;
      expect(forward).to.equal(backward);
      expect(decodePolicyWord(forward).duoUses).to.not.include("populationOrigins");
    });

    it("ends a time limit on the same day, or on the last of a shorter month", () => {
      const until = (months: number): string => {
        const { word } = duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000025", months }], {
          validFrom: FROM,
        });
        expect(decodePolicyWord(word).validFrom).to.equal(FROM);
        return new Date(decodePolicyWord(word).validUntil * 1000).toISOString();
      };
      expect(until(1)).to.equal("2026-02-28T00:00:00.000Z");
      expect(until(2)).to.equal("2026-03-31T00:00:00.000Z");
      expect(until(12)).to.equal("2027-01-31T00:00:00.000Z");
      expect(until(25)).to.equal("2028-02-29T00:00:00.000Z");
    });

    it("takes the shorter of two time limits", () => {
      const { word } = duoToPolicyWord(
        [{ code: "DUO:0000042" }, { code: "DUO:0000025", months: 24 }, { code: "DUO:0000025", months: 12 }],
        { validFrom: FROM },
      );
      expect(decodePolicyWord(word).validUntil).to.equal(Date.UTC(2027, 0, 31) / 1000);
    });
  });

  describe("policyWordToDuo", () => {
    it("throws DuoError if the parameters belong to another word", () => {
      const { word, parameters } = duoToPolicyWord([tagOf("DUO:0000007"), tagOf("DUO:0000021")]);
      expect(() => policyWordToDuo(word | (1n << 49n), parameters)).to.throw(DuoError, "another policy word");
      expect(() => policyWordToDuo(word & ~(1n << 34n), parameters)).to.throw(DuoError, "another policy word");
    });

    it("throws DuoError if the word outlives the time limit", () => {
      const { word, parameters } = duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000025", months: 1 }], {
        validFrom: FROM,
      });
      expect(policyWordToDuo(word, parameters)).to.deep.equal(parameters.tags);
      expect(() => policyWordToDuo(word + (1n << 144n), parameters)).to.throw(DuoError, "another policy word");
    });

    it("throws DuoError for bits that no tags say", () => {
      expect(() => policyWordToDuo(1n << 32n)).to.throw(DuoError, "No DUO tags");
      expect(() => policyWordToDuo(1n << 40n)).to.throw(DuoError, "No DUO tags");
      expect(() => policyWordToDuo(1n << 70n)).to.throw(DuoError, "No DUO tags");
    });

    it("gives back the original tags, none lost, for each code and for all together", () => {
      const permission: DuoTag = { code: "DUO:0000006" };
      const lists = TABLE.map(([code]) => [permission, tagOf(code)]).concat([TABLE.map(([code]) => tagOf(code))]);
      for (const tags of lists) {
        const { word, parameters } = duoToPolicyWord(tags, { validFrom: FROM });
        const full = word | encodePolicyWord({ purposes: ["DSRCH"], categories: ["labs"], level: 2, validFrom: FROM });
        expect(parameters.duoVersion).to.equal(DUO_VERSION);
        expect(policyWordToDuo(full, parameters)).to.deep.equal(tags);
      }
    });

    it("tells NPUNCU from NPU with NCU by the parameters, though their bits are equal", () => {
      const one = duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000018" }]);
      const two = duoToPolicyWord([{ code: "DUO:0000042" }, { code: "DUO:0000045" }, { code: "DUO:0000046" }]);
      expect(one.word).to.equal(two.word);
      expect(policyWordToDuo(one.word, one.parameters)).to.not.deep.equal(policyWordToDuo(two.word, two.parameters));
      expect(commitDocument(one.parameters, zeroHash)).to.not.equal(commitDocument(two.parameters, zeroHash));
    });

    it("finds from the bits alone tags that compile to the same bits", () => {
      const codes = TABLE.map(([code]) => code);
      for (const permission of codes.filter((code) => DUO_TERMS[code].allows !== undefined)) {
        for (const other of codes) {
          const { word } = duoToPolicyWord([tagOf(permission), tagOf(other)], { validFrom: FROM });
          const found = policyWordToDuo(word).map(({ code }) => tagOf(code));
          expect(duoToPolicyWord(found, { validFrom: FROM }).word & DUO_BITS).to.equal(word & DUO_BITS);
        }
      }
      expect(policyWordToDuo(0n)).to.deep.equal([]);
    });
  });
});
