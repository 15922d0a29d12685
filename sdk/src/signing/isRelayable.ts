/** Whether a function asks a signature of everyone in whose name it acts, so that nobody's own rights are used by sending it. */
export function isRelayable(functionName: string): boolean {
  // Not giveJointly: it takes the sender's own part without a signature.
  return /BySig(nature)?$/.test(functionName) || functionName === "giveMany" || functionName === "startRecovery";
}
