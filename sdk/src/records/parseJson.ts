import { JsonError } from "../errors.ts";

export interface ParseJsonReturnType {
  value: unknown;
  /** The very text that an object of `value` was read from, so that nothing that parsing loses is lost. */
  sourceOf: (object: object) => string | undefined;
}

const MAX_DEPTH = 200;

/**
 * Parses JSON as strictly as a commitment needs it. Unlike `JSON.parse` it rejects a key that stands twice in one object, lone
 * surrogates, numbers beyond double precision's range, the key `__proto__`, and more than 200 levels of nesting.
 *
 * @param text JSON without a byte order mark.
 * @throws JsonError naming the character's position, never the content.
 * @example
 * expect(parseJson('{"a":1}').value).to.deep.equal({ a: 1 });
 * expect(() => parseJson('{"a":1,"a":2}')).to.throw(JsonError);
 */
export function parseJson(text: string): ParseJsonReturnType {
  const spans = new WeakMap<object, [start: number, end: number]>();
  let at = 0;

  const value = readValue(0);
  skipSpace();
  if (at < text.length) fail("text after the end");
  return {
    value,
    sourceOf(object) {
      const span = spans.get(object);
      return span && text.slice(...span);
    },
  };

  function readValue(depth: number): unknown {
    if (depth > MAX_DEPTH) fail(`more than ${MAX_DEPTH} levels of nesting`);
    skipSpace();
    switch (text[at]) {
      case "{":
        return readObject(depth);
      case "[":
        return readArray(depth);
      case '"':
        return readString();
      default:
        return readScalar();
    }
  }

  function readObject(depth: number): object {
    const start = at++;
    const object: Record<string, unknown> = {};
    skipSpace();
    while (!take("}")) {
      skipSpace();
      if (text[at] !== '"') fail("a key is missing");
      const key = readString();
      if (key === "__proto__") fail("the key __proto__");
      if (Object.hasOwn(object, key)) fail("a key stands twice in one object");
      skipSpace();
      if (!take(":")) fail("a colon is missing");
      object[key] = readValue(depth + 1);
      skipSpace();
      if (take(",")) requireAnother("}");
      else if (text[at] !== "}") fail("a comma is missing");
    }
    spans.set(object, [start, at]);
    return object;
  }

  function readArray(depth: number): unknown[] {
    at++;
    const array: unknown[] = [];
    skipSpace();
    while (!take("]")) {
      array.push(readValue(depth + 1));
      skipSpace();
      if (take(",")) requireAnother("]");
      else if (text[at] !== "]") fail("a comma is missing");
    }
    return array;
  }

  function readString(): string {
    let end = at;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) fail("a string does not end");
    } while (isEscaped(end));
    const string = parseToken(at, end + 1) as string;
    if (/\p{Surrogate}/u.test(string)) fail("a lone surrogate");
    at = end + 1;
    return string;
  }

  function readScalar(): unknown {
    const start = at;
    while (/[-+.\w]/.test(text[at] ?? "")) at++;
    const scalar = parseToken(start, at);
    if (typeof scalar === "number" && !Number.isFinite(scalar)) fail("a number out of range");
    return scalar;
  }

  /** Leaves escapes, numbers and literals to the platform. */
  function parseToken(start: number, end: number): unknown {
    try {
      return JSON.parse(text.slice(start, end));
    } catch {
      at = start;
      return fail("no JSON value");
    }
  }

  function isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    return backslashes % 2 === 1;
  }

  function requireAnother(closing: string): void {
    skipSpace();
    if (text[at] === closing) fail("a comma too many");
  }

  function take(character: string): boolean {
    if (text[at] !== character) return false;
    at++;
    return true;
  }

  function skipSpace(): void {
    while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  }

  function fail(reason: string): never {
    throw new JsonError(`${reason} at character ${at}`);
  }
}
