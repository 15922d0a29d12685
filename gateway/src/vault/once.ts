import { CallRevertedError } from "@consilium/sdk";

/** Does on the chain what is not done yet: a run before, or beside this one, may have done it without living to note it. */
export async function once(isDone: () => Promise<boolean>, act: () => Promise<void>): Promise<void> {
  if (await isDone()) return;
  try {
    await act();
  } catch (error) {
    if (!(error instanceof CallRevertedError) || !(await isDone())) throw error;
  }
}
