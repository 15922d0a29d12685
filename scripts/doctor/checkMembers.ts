import { readAdmitted } from "../deployment/admitMembers.ts";
import { memberMetadataHash } from "../deployment/memberMetadataHash.ts";
import { ok, problem, type Check } from "./Finding.ts";

/** Whether the configured members are in. */
export const checkMembers: Check = {
  name: "members",
  examine: async ({ book, consortium, connection: { ethers, settings } }) => {
    const { address, block } = book.contracts["InstitutionRegistry"]!;
    const registry = await ethers.getContractAt("InstitutionRegistry", address);
    const ids = await readAdmitted({ ethers, registry, firstBlock: block, logRange: settings.logRange });
    return consortium.members.map((member) => {
      const id = ids.get(memberMetadataHash(member));
      const check = `member ${member.key}`;
      if (id !== undefined) return ok(check, `id ${id}`);
      const call = `npm run deploy -- --network ${book.network} --consortium ${book.consortium}`;
      return problem(
        check,
        "has not been admitted",
        `Run \`${call}\`: it admits, or prints the call that an operator has to make.`,
      );
    });
  },
};
