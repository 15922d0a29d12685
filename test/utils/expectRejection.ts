import { expect } from "chai";

/** Awaits a promise that must reject with an error of this class, and returns the error. */
export async function expectRejection<error extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => error,
): Promise<error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  return expect.fail(`expected a rejection with ${type.name}`);
}
