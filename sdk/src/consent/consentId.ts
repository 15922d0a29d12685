import { encodeAbiParameters, keccak256, stringToBytes } from "viem";
import type { Hex } from "viem";
import type { ConsentTerms } from "./ConsentTerms.ts";

const TYPE_HASH = keccak256(
  stringToBytes(
    "Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)" +
      "ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)",
  ),
);

/**
 * A consent's id: the EIP-712 struct hash of its terms, without any domain. It needs the details' hash only.
 *
 * @example
 * expect(consentId(consent.terms)).to.equal(consent.id);
 */
export function consentId(terms: ConsentTerms): Hex {
  return keccak256(
    encodeAbiParameters(
      [
        { type: "bytes32" },
        { type: "address" },
        { type: "uint32" },
        { type: "address" },
        { type: "bytes32" },
        { type: "uint256" },
        { type: "uint8" },
        { type: "bytes32" },
      ],
      [TYPE_HASH, terms.patient, terms.institution, terms.agent, terms.study, terms.policy, terms.epoch, terms.details],
    ),
  );
}
