import { artifacts } from "hardhat";
import { checkCode } from "../deployment/checkCode.ts";
import { ok, problem, type Check, type Finding } from "./Finding.ts";

/** Whether the code at each address is this build's. */
export const checkContracts: Check = {
  name: "code",
  examine: async ({ book, connection }) => {
    const findings: Finding[] = [];
    for (const [name, { address }] of Object.entries(book.contracts)) {
      const artifact = await artifacts.readArtifact(name);
      const state = await checkCode({ provider: connection.provider, artifact, address });
      const check = `code of ${name}`;
      if (state === "same") findings.push(ok(check, address));
      else if (state === "missing") {
        findings.push(
          problem(
            check,
            `there is none at ${address}`,
            "Check that this is the right chain; if so, restore the address book.",
          ),
        );
      } else {
        findings.push(
          problem(
            check,
            `${address} is not this build's`,
            "Check out the version that was deployed, then look again; if it still differs, trust nothing at this address.",
          ),
        );
      }
    }
    return findings;
  },
};
