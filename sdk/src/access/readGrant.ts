import { getAddress, zeroHash } from "viem";
import type { Address, Hex } from "viem";
import { abis } from "../abis.ts";
import { heedIndex } from "../audit/heedIndex.ts";
import { queryIndex } from "../audit/queryIndex.ts";
import { PAGE, readPages } from "../audit/readPages.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Suite } from "../chain/Suite.ts";
import { RequestError } from "../errors.ts";
import type { CohortMember } from "./AccessRequest.ts";
import { CohortTree } from "./CohortTree.ts";
import type { GrantMember } from "./rebuildGrant.ts";

interface IndexedAccess {
  position: number;
  leaf: Hex;
  patient: { id: Address } | null;
  batch: { id: Hex } | null;
  consent: { id: Hex } | null;
}

const REQUEST = `query Request($request: ID!) {
  request(id: $request) { isCohort study { id } decisions(where: { decision: APPROVED }, first: 1) { askHash } }
}`;

const ACCESSES = `query Accesses($request: String!, $after: Int!) {
  page: accesses(
    where: { request: $request, decision: APPROVED, position_gt: $after }, orderBy: position, first: ${PAGE}
  ) { position leaf patient { id } batch { id } consent { id } }
}`;

/**
 * The members of an approved grant with their proofs, from the index, held against the chain: what deliveries, receipts and claims are made
 * with. Use it after a review, or whenever the answer to the request is not at hand.
 *
 * @param request The request's id.
 * @throws RequestError if the request was not approved, the index does not know whose a record is, or its members are not the chain's.
 * @throws IndexError, IndexUnavailableError, ChainUnavailableError as `queryIndex` and `openSuite`.
 * @example
 * const unknown = readGrant(suite, graphUrl, HASH);
 * expect(await unknown.catch((error) => error)).to.be.instanceOf(RequestError); // this index knows no such request
 */
export function readGrant(suite: Suite, graphUrl: string, request: Hex): Promise<GrantMember[]> {
  return heedIndex(() => read(suite, graphUrl, request));
}

async function read(suite: Suite, graphUrl: string, request: Hex): Promise<GrantMember[]> {
  const id = request.toLowerCase() as Hex;
  type Indexed = { isCohort: boolean; study: { id: Hex } | null; decisions: { askHash: Hex }[] };
  const { request: found } = await queryIndex<{ request?: Indexed | null }>(graphUrl, REQUEST, { request: id });
  if (found === undefined || found === null) throw notApproved(id);
  const accesses = await readPages<IndexedAccess>(
    graphUrl,
    ACCESSES,
    { request: id },
    {
      first: -1,
      cursor: ({ position }) => position,
    },
  );
  if (accesses.length === 0) throw notApproved(id);
  const study = found.study?.id ?? zeroHash;
  const members = accesses.map((access): CohortMember => {
    if (access.patient === null || access.batch === null) {
      throw new RequestError(`The index does not know whose record ${access.leaf} is.`, {
        mend: "Ask the custodian, and rebuild the grant from the chain's events by rebuildCohort.",
      });
    }
    const patient = getAddress(access.patient.id);
    return { study, patient, consent: access.consent?.id ?? zeroHash, batch: access.batch.id, record: access.leaf };
  });
  const tree = new CohortTree(members);
  const proofs = found.isCohort
    ? members.map((_, index) => tree.proof(index))
    : [found.decisions.map(({ askHash }) => askHash)];
  const grant = members.map((member, index): GrantMember => ({ grant: id, member, proof: proofs[index]! }));
  const [{ member, proof }] = grant as [GrantMember];
  const broker = { address: addressOf(suite, "AccessBroker"), abi: abis.AccessBroker } as const;
  const isTheChains = await askChain(async () =>
    found.isCohort
      ? (await suite.client.readContract({ ...broker, functionName: "cohortRoot", args: [id] })) === tree.root
      : grant.length === 1 &&
        suite.client.readContract({ ...broker, functionName: "isMember", args: [id, member, proof] }),
  );
  if (!isTheChains) {
    throw new RequestError(`The members that the index tells of ${id} are not the chain's.`, {
      mend: "Do not trust this index; rebuild the grant from the chain's events by rebuildCohort.",
    });
  }
  return grant;
}

function notApproved(request: Hex): RequestError {
  return new RequestError(`The index knows of no grant ${request}.`, {
    mend: "Check the id; a request that waits for a review is no grant yet.",
  });
}
