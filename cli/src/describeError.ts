import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BaseError, CallRevertedError, explainFailedChecks, GatewayRefusalError } from "@consilium/sdk";
import { ROOT } from "../../scripts/paths.ts";

export type ErrorDescription = { error: string; message: string; mend: string; reasons?: string[] };

/** What went wrong and what to do, in words that carry no secret and no patient's data. */
export function describeError(error: unknown): ErrorDescription {
  if (error instanceof CallRevertedError) return describeRevert(error);
  if (error instanceof BaseError) {
    const reasons = error instanceof GatewayRefusalError ? error.failed : [];
    return {
      error: error.name,
      message: error.shortMessage,
      mend: error.mend,
      ...(reasons.length > 0 && { reasons: [...reasons] }),
    };
  }
  const message = error instanceof Error ? error.message.split("\n")[0]! : String(error);
  return {
    error: error instanceof Error ? error.name : "Error",
    message,
    mend: "Run it again with CONSILIUM_TRACE=1 for the whole trace, and report it.",
  };
}

function describeRevert({ error, args, shortMessage }: CallRevertedError): ErrorDescription {
  const { why, mend } = readPage(error);
  const failed = ["GrantNotInForce", "EmergencyNotInForce"].includes(error)
    ? explainFailedChecks(BigInt(args[1] as bigint))
    : [];
  return {
    error,
    message: why === undefined ? shortMessage : `${shortMessage} ${why}`,
    mend,
    ...(failed.length > 0 && { reasons: failed.map(({ text }) => text) }),
  };
}

/** What docs/errors.md says of an error: in a section of its own, or OpenZeppelin's in a table. */
function readPage(name: string): { why?: string; mend: string } {
  const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
  const row = new RegExp(`^\\| \`${name}\` *\\| (.+?) *\\| (.+?) *\\|$`, "m").exec(page);
  if (row !== null) return { why: sentence(row[1]!), mend: sentence(row[2]!) };
  const section = page.split(/^### /m).find((one) => one.startsWith(`${name}\n`)) ?? "";
  const part = (heading: string): string | undefined =>
    new RegExp(`\\*\\*${heading}\\*\\* ([\\s\\S]*?)(?:\\n\\n|$)`).exec(section)?.[1]?.replace(/\s+/g, " ").trim();
  const why = part("Why");
  return {
    ...(why !== undefined && { why }),
    mend: part("Mend") ?? "Check the call's values against the contract's page.",
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
