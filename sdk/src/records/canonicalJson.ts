import canonicalize from "canonicalize";
import { JsonError } from "../errors.ts";

/**
 * The canonical form of a JSON value by RFC 8785.
 *
 * @param value What `JSON.parse` could have returned.
 * @throws JsonError for what JSON cannot hold: lone surrogates, NaN, infinities, bigints, cycles, nothing at all.
 * @example
 * expect(canonicalJson({ b: 1, a: "x" })).to.equal('{"a":"x","b":1}');
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new JsonError("a value has no canonical form", error);
  }
  if (text === undefined) throw new JsonError("there is no value");
  return text;
}
