import { expect } from "chai";
import { canonicalJson, JsonError, parseJson } from "@consilium/sdk";
import { syntheaBundles } from "../utils/syntheaBundles.ts";

describe("JSON", () => {
  describe("parseJson", () => {
    const bad: [string, string, string][] = [
      ["an empty text", "", "no JSON value at character 0"],
      ["a bare word", "nil", "no JSON value at character 0"],
      ["a byte order mark", "\ufeff{}", "no JSON value at character 0"],
      ["text after the end", "{} x", "text after the end at character 3"],
      ["a key that stands twice", '{"a":1,"b":2,"a":1}', "a key stands twice in one object"],
      ["a key that stands twice, once escaped", '{"a":1,"\\u0061":2}', "a key stands twice in one object"],
      ["a key that stands twice, deep inside", '[{"x":{"a":1,"a":1}}]', "a key stands twice in one object"],
      ["a lone high surrogate", '{"a":"\\ud800"}', "a lone surrogate"],
      ["a lone low surrogate", '["\\udc00x"]', "a lone surrogate"],
      ["surrogates in the wrong order", '["\\udc00\\ud800"]', "a lone surrogate"],
      ["a lone surrogate in a key", '{"\\ud800":1}', "a lone surrogate"],
      ["the key __proto__", '{"__proto__":{}}', "the key __proto__"],
      ["a number out of range", "[1e400]", "a number out of range"],
      ["a number of another language", "[0x10]", "no JSON value"],
      ["a leading zero", "[01]", "no JSON value"],
      ["NaN", "[NaN]", "no JSON value"],
      ["a string that does not end", '["a', "a string does not end"],
      ["a string that ends in an escaped quote", '["a\\"]', "a string does not end"],
      ["a line break in a string", '["a\nb"]', "no JSON value"],
      ["an unknown escape", '["\\x41"]', "no JSON value"],
      ["a comma too many in an object", '{"a":1,}', "a comma too many"],
      ["a comma too many in an array", "[1,]", "a comma too many"],
      ["a comma too few in an object", '{"a":1 "b":2}', "a comma is missing"],
      ["a comma too few in an array", "[1 2]", "a comma is missing"],
      ["a missing colon", '{"a" 1}', "a colon is missing"],
      ["a missing key", "{1:2}", "a key is missing"],
      ["a missing value", '{"a":}', "no JSON value"],
      ["an object that does not end", '{"a":1', "a comma is missing"],
      ["201 levels of nesting", "[".repeat(202) + "]".repeat(202), "more than 200 levels"],
    ];
    for (const [name, text, message] of bad) {
      it(`throws JsonError for ${name}`, () => {
        expect(() => parseJson(text)).to.throw(JsonError, message);
      });
    }

    it("reads what JSON.parse reads", () => {
      for (const text of [
        "null",
        " true ",
        "-0",
        "1.50e-3",
        '""',
        "[]",
        "{}",
        '{ "a" : [ 1 , 2.0 , { "b" : null } ] , "" : "\\u00e9\\n\\\\\\"" }',
        '["\\ud83d\\ude00", "😀"]',
        '{"constructor":1,"toString":2}',
        "[".repeat(200) + "]".repeat(200),
      ]) {
        expect(parseJson(text).value, text).to.deep.equal(JSON.parse(text));
      }
      for (const text of syntheaBundles()) expect(parseJson(text).value).to.deep.equal(JSON.parse(text));
    });

    it("gives back the very text of each object", () => {
      const text = '{"a": [{"value": 1.10}, {"value":1.1}]}';
      const { value, sourceOf } = parseJson(text);
      const [first, second] = (value as { a: [object, object] }).a;
      expect(sourceOf(first)).to.equal('{"value": 1.10}');
      expect(sourceOf(second)).to.equal('{"value":1.1}');
      expect(sourceOf(value as object)).to.equal(text);
      expect(sourceOf({})).to.equal(undefined);
    });
  });

  describe("canonicalJson", () => {
    it("throws JsonError for what JSON cannot hold", () => {
      const cycle: Record<string, unknown> = {};
      cycle["self"] = cycle;
      for (const value of [NaN, Infinity, [NaN], { a: "\ud800" }, { "\ud800": 1 }, 1n, cycle, undefined]) {
        expect(() => canonicalJson(value)).to.throw(JsonError);
      }
    });

    it("follows RFC 8785", () => {
      // The standard's own example, section 3.2.2 to 3.2.4.
      const text = `{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
        "literals": [null, true, false]
      }`;
      expect(canonicalJson(parseJson(text).value)).to.equal(
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
          '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
      );
      expect(canonicalJson({ "\ue000": 1, "\u{1f600}": 2, a: 3, A: 4 })).to.equal('{"A":4,"a":3,"😀":2,"\ue000":1}');
    });
  });
});
