import { checkChain } from "./checkChain.ts";
import { checkContracts } from "./checkContracts.ts";
import { checkGovernance } from "./checkGovernance.ts";
import { checkIndex } from "./checkIndex.ts";
import { checkMembers } from "./checkMembers.ts";
import { checkParameters } from "./checkParameters.ts";
import { checkRoles } from "./checkRoles.ts";
import { problem, type Finding, type Subject } from "./Finding.ts";

const CHECKS = [checkChain, checkContracts, checkRoles, checkGovernance, checkParameters, checkMembers, checkIndex];

/** Looks at everything. A check that cannot be made is a problem of its own and stops no other. */
export async function examine(subject: Subject, onProgress: (message: string) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, examine: look } of CHECKS) {
    onProgress(`Checking ${name}`);
    try {
      findings.push(...(await look(subject)));
    } catch (error) {
      const reason = (error as Error).message.split("\n")[0]!;
      findings.push(
        problem(
          name,
          `could not be checked: ${reason}`,
          "Mend the problems above, and see that chain and index answer.",
        ),
      );
    }
  }
  return findings;
}
