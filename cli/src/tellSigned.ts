import type { Address } from "viem";
import { day } from "./print/day.ts";
import type { Session } from "./session/Session.ts";

export type Signed = { data: Record<string, unknown>; file: string; signer: Address; deadline: number };

/** Prints what was signed into a file by `signForRelay`, and how it is sent. */
export function tellSigned(session: Session, { data, file, signer, deadline }: Signed): void {
  const { dryRun } = session.settings;
  session.print({
    data: { ...data, signed: !dryRun, signer, file, deadline },
    text: dryRun
      ? `Nothing was signed. It would be by ${signer}.`
      : `Signed into ${file}. Until ${day(deadline)} anyone sends it by: consilium consent relay ${file}`,
  });
}
