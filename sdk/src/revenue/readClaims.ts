import { isAddressEqual } from "viem";
import type { Address, Hex } from "viem";
import { abis } from "../abis.ts";
import { readGrant } from "../access/readGrant.ts";
import type { GrantMember } from "../access/rebuildGrant.ts";
import { heedIndex } from "../audit/heedIndex.ts";
import { PAGE, readPages } from "../audit/readPages.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Suite } from "../chain/Suite.ts";
import { RequestError } from "../errors.ts";
import { spareProof } from "./spareProof.ts";

/** What a patient can claim from an agreement for a record, for a category by the record that stands for it, or for all records. */
export interface Claim {
  agreement: Hex;
  /** See `spareProof`. */
  entitlement: GrantMember;
  /** Units of the agreement's token, by the chain. */
  due: bigint;
}

interface IndexedAccess {
  id: Hex;
  leaf: Hex;
  batch: { id: Hex };
  request: {
    id: Hex;
    enrolments: {
      agreement: { id: Hex; unitRule: "RECORD" | "PATIENT" | "CATEGORY" };
      patient: { id: Address } | null;
      access: { id: Hex } | null;
    }[];
  };
}

const ACCESSES = `query Accesses($patient: String!, $after: String!) {
  page: accesses(where: { patient: $patient, decision: APPROVED, id_gt: $after }, orderBy: id, first: ${PAGE}) {
    id leaf batch { id }
    request {
      id
      enrolments(where: { or: [{ patient: null }, { patient: $patient }] }, first: 1000) {
        agreement { id unitRule } patient { id } access { id }
      }
    }
  }
}`;

/**
 * What a patient can claim now, from the index, held against the chain. `claimCall` makes the call that anyone may send: it
 * pays the address that the patient's side chose.
 *
 * @param patient The patient's DID.
 * @throws RequestError as `readGrant`, or if the index names what is another's; IndexError, IndexUnavailableError, ChainUnavailableError.
 * @example
 * const claims = await readClaims(suite, graphUrl, patient);
 * expect(claims).to.deep.equal([]); // nothing of this patient's was ever used
 */
export function readClaims(suite: Suite, graphUrl: string, patient: Address): Promise<Claim[]> {
  return heedIndex(() =>
    read(suite, graphUrl, patient).catch((error: unknown) => {
      // An index that took in a block between two pages contradicts itself once; one that lies does so again.
      if (!(error instanceof RequestError)) throw error;
      return read(suite, graphUrl, patient);
    }),
  );
}

async function read(suite: Suite, graphUrl: string, patient: Address): Promise<Claim[]> {
  const did = patient.toLowerCase();
  const accesses = await readPages<IndexedAccess>(
    graphUrl,
    ACCESSES,
    { patient: did },
    {
      first: "0x",
      cursor: ({ id }) => id,
    },
  );
  const grants = new Map<Hex, GrantMember[]>();
  const seen = new Set<string>();
  const claims: Claim[] = [];
  for (const { id, leaf, batch, request } of accesses) {
    for (const { agreement, patient: enrolled, access } of request.enrolments) {
      const unit = agreement.unitRule === "PATIENT" ? agreement.id : `${agreement.id}${id}`;
      if ((enrolled !== null && enrolled.id !== did) || (access !== null && access.id !== id) || seen.has(unit))
        continue;
      seen.add(unit);
      const members = grants.get(request.id) ?? (await readGrant(suite, graphUrl, request.id));
      grants.set(request.id, members);
      const entitlement = members.find(({ member }) => member.batch === batch.id && member.record === leaf);
      if (entitlement === undefined || !isAddressEqual(entitlement.member.patient, patient)) {
        throw new RequestError(`The grant ${request.id} has no such record of this patient.`, {
          mend: "Do not trust this index, if it stays so once it has caught up.",
        });
      }
      const due = await askChain(() =>
        suite.client.readContract({
          address: addressOf(suite, "RevenueSplitter"),
          abi: abis.RevenueSplitter,
          functionName: "dueToMember",
          args: [agreement.id, entitlement.grant, entitlement.member],
        }),
      );
      if (due === 0n) continue;
      const spared = await spareProof(suite, { agreement: agreement.id, entitlement });
      claims.push({ agreement: agreement.id, entitlement: spared, due });
    }
  }
  return claims;
}
