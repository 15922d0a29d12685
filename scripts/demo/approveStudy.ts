import { zeroHash, type Hex } from "viem";
import { commitDocument, DEIDENTIFICATION, encodePolicyWord, randomSalt, studyId, type Category } from "@consilium/sdk";
import { FREE, type World } from "./World.ts";

/** Review kinds and verdicts of the contracts. */
const ETHICS = 0;
const LEGAL = 1;
const APPROVED = 1;

const YEAR = 365 * 86_400;

export type ApproveStudyParameters = {
  title: string;
  level?: number;
  categories?: Category[];
  /** Categories of level 3, as the contract's mask. */
  coreCategories?: number;
  filingHash?: Hex;
  /** When the ethics approval ends; a year from now if left out. */
  ethicsUntil?: number;
};

/** The institute registers a study, and the two groups approve it. Returns the study's id. */
export async function approveStudy(world: World, parameters: ApproveStudyParameters): Promise<Hex> {
  const {
    title,
    level = 2,
    categories = ["labs", "diagnoses"],
    coreCategories = 0,
    filingHash = zeroHash,
  } = parameters;
  const { studies } = world.contracts;
  const { researcher, ethicsReviewer, legalReviewer } = world.wallets;
  const now = await world.now();
  const validUntil = now + YEAR;
  const protocolHash = commitDocument({ title }, randomSalt());
  const scope = encodePolicyWord({
    purposes: ["DSRCH", "HRESCH"],
    duoUses: ["diseaseSpecific"],
    modifiers: ["NCU", "PUB"],
    categories,
    level,
    deidentification: DEIDENTIFICATION.pseudonymised,
    validFrom: now,
    validUntil,
  });
  const study = studyId(world.member("researchInstitute"), protocolHash);

  await world.send(() =>
    studies.connect(researcher).register(
      {
        protocolHash,
        scope,
        coreCategories,
        subjectCap: 0,
        sandbox: false,
        filingHash,
        collaborators: [],
        diseaseCodes: ["ICD10:E11.2", "ICD10:E11.3", "ICD10:E11.4", "ICD10:E11.5"],
      },
      FREE,
    ),
  );
  const reason = (text: string): Hex => commitDocument(text, randomSalt());
  const ethicsUntil = parameters.ethicsUntil ?? validUntil;
  await world.send(
    () =>
      studies
        .connect(ethicsReviewer)
        .review(study, 1, ETHICS, APPROVED, ethicsUntil, reason("The benefit outweighs the risk."), FREE),
    () =>
      studies
        .connect(legalReviewer)
        .review(study, 1, LEGAL, APPROVED, validUntil, reason("The legal basis holds."), FREE),
  );
  return study;
}
