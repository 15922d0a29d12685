import { ZeroHash } from "ethers";
import type { Hex } from "viem";
import { encodePolicyWord } from "@consilium/sdk";
import { networkHelpers, type Consilium } from "../../test/fixtures/consilium.ts";
import { hashOf } from "./measureOurs.ts";

const YEAR = 365 * 86_400;

export type ApproveStudyParameters = { protocol: string; subjectCap?: number; diseaseCodes?: string[] };

/** A study of the institute with both reviews, for level 2 labs, for a year from now. */
export async function approveStudy(
  { studies, signers }: Consilium,
  { protocol, subjectCap = 0, diseaseCodes = [] }: ApproveStudyParameters,
): Promise<Hex> {
  const now = await networkHelpers.time.latest();
  const { researcher, ethicsReviewer, legalReviewer } = signers;
  const terms = {
    protocolHash: hashOf(protocol),
    scope: encodePolicyWord({
      purposes: ["HRESCH", "DSRCH"],
      duoUses: ["diseaseSpecific"],
      categories: ["labs"],
      level: 2,
      validFrom: now,
      validUntil: now + YEAR,
      deidentification: 1,
    }),
    coreCategories: 0,
    subjectCap,
    sandbox: false,
    filingHash: ZeroHash,
    collaborators: [],
    diseaseCodes,
  };
  const id = (await studies.connect(researcher).register.staticCall(terms)) as Hex;
  await studies.connect(researcher).register(terms);
  await studies.connect(ethicsReviewer).review(id, 1, 0, 1, now + YEAR, hashOf("ethics"));
  await studies.connect(legalReviewer).review(id, 1, 1, 1, now + YEAR, hashOf("legal"));
  return id;
}
