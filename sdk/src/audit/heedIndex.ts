import { BaseError, RequestError } from "../errors.ts";

/** Reads answers of an index that is not trusted: whatever it sends, only errors of the SDK come out. */
export async function heedIndex<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BaseError) throw error;
    throw new RequestError("The index's answer has not the form of what was asked.", {
      mend: "Check that the index is of this version of the suite; do not trust it otherwise.",
      cause: error,
    });
  }
}
