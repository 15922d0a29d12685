import { explainFailedChecks, type BaseError, type CallRevertedError } from "@consilium/sdk";

/** What a ground of delivery is refused by. */
type Refused<refusal extends BaseError> = new (reason: string, failed: readonly string[]) => refusal;

/** A refusal that names the checks of a mask. */
export function refuseByChecks<refusal extends BaseError>(refused: Refused<refusal>, failed: bigint): refusal {
  const checks = explainFailedChecks(failed);
  return new refused(
    checks.map(({ text }) => text.replace(/\.$/, "")).join("; "),
    checks.map(({ name }) => name),
  );
}

/** A refusal by what the chain said. */
export function refuseByRevert<refusal extends BaseError>(
  refused: Refused<refusal>,
  { error, args }: CallRevertedError,
): refusal {
  const failed = ["GrantNotInForce", "EmergencyNotInForce"].includes(error) ? args[1] : undefined;
  return typeof failed === "bigint" ? refuseByChecks(refused, failed) : new refused(`the chain says ${error}`, [error]);
}
