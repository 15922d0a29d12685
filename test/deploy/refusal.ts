import { expect } from "chai";
import type { BaseError } from "@consilium/sdk";

/** What a refused attempt says; fails if it is not refused, or with another kind of error. */
export async function refusal(
  attempt: Promise<unknown>,
  kind: abstract new (...parameters: never[]) => BaseError,
): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(kind);
  return (error as BaseError).shortMessage;
}
