import { at, lower, orNull, structIn, type Chain, type ChainEvent } from "../support/Chain.ts";
import { number } from "../support/lookUp.ts";
import { ONCE, type Question } from "./Question.ts";

const UNIT_RULE = ["RECORD", "PATIENT", "CATEGORY"];

export const q20: Question = {
  variables: ({ chain }) => chain.events("AgreementOpened").map(({ args }) => ({ study: lower(args["study"]) })),
  answer: async ({ chain, requests }, { study }) => {
    const { studies } = chain.contracts;
    const own = requests.filter((request) => request.study === study);
    const of = ({ id }: { id: string }) => ({ id });
    return {
      study: {
        id: study,
        sponsor: number((await studies.study(study as string)).sponsor),
        agreements: chain
          .events("AgreementOpened")
          .filter(({ args }) => lower(args["study"]) === study)
          .map(({ args }) => ({
            id: lower(args["agreement"]),
            received: sum(chain, args["agreement"], "RevenueDeposited"),
            patientsPaid: sum(chain, args["agreement"], "PatientPaid"),
            custodiansPaid: sum(chain, args["agreement"], "CustodianPaid"),
            institutionsPaid: sum(chain, args["agreement"], "InstitutionPaid"),
            fundPaid: sum(chain, args["agreement"], "FundPaid"),
          })),
      },
      requests: own.map((request) => {
        const granted = request.accesses.filter(({ decision }) => decision === "APPROVED").length;
        return {
          id: request.id,
          decision: request.decision,
          granted,
          refused: request.decision === "NEEDS_REVIEW" ? 0 : request.accesses.length - granted,
        };
      }),
      delivered: own.flatMap((request) =>
        request.accesses
          .filter(({ deliveries }) => deliveries.length > 0)
          .map((access) => ({ ...of(access), request: of(request) })),
      ),
      received: own.flatMap((request) =>
        request.accesses
          .filter(({ receipts }) => receipts.length > 0)
          .map((access) => ({ ...of(access), request: of(request) })),
      ),
      enrolments: chain
        .events("GrantEnrolled", "PatientEnrolled", "CategoryEnrolled")
        .filter(({ args }) => own.some(({ id }) => id === lower(args["grant"])))
        .map(({ name, args }) => ({
          agreement: { id: lower(args["agreement"]) },
          request: { id: lower(args["grant"]) },
          units: `${unitsOf(name, args)}`,
        })),
    };
  },
};

export const q21: Question = {
  variables: ONCE,
  answer: async ({ chain }) => {
    const revenueAgreements: Awaited<ReturnType<typeof agreementOf>>[] = [];
    for (const opened of chain.events("AgreementOpened")) revenueAgreements.push(await agreementOf(chain, opened));
    const tokens = new Set(revenueAgreements.map(({ token }) => token));
    const paid = ["PatientPaid", "CustodianPaid", "InstitutionPaid", "FundPaid"].map((name) => total(chain, name));
    const held = await chain.contracts.token.balanceOf(chain.contracts.splitter);
    if (held + paid.reduce((all, one) => all + one, 0n) !== total(chain, "RevenueDeposited")) {
      throw new Error("Money is missing.");
    }
    return {
      revenueAgreements,
      fundAccounts: [...tokens].map((token) => ({
        token,
        received: `${revenueAgreements
          .filter((agreement) => agreement.token === token)
          .reduce((total, { fundPaid }) => total + BigInt(fundPaid), 0n)}`,
        spent: "0",
      })),
    };
  },
};

/** By the splitter's own state, where it has any. */
async function agreementOf(chain: Chain, { args }: ChainEvent) {
  const { splitter } = chain.contracts;
  const id = args["agreement"] as string;
  const kept = await splitter.agreement(id);
  const [epoch] = await splitter.epochOf(id, kept.epoch);
  const share = (basisPoints: bigint) => `${(epoch.received * basisPoints) / 10_000n}`;
  const received = sum(chain, id, "RevenueDeposited");
  const proposed = chain.events("SharesProposed").filter((event) => lower(event.args["agreement"]) === lower(id));
  const custodians = new Set(
    chain
      .events("DeliveryCounted")
      .filter((event) => lower(event.args["agreement"]) === lower(id))
      .map((event) => event.args["custodian"] as bigint),
  );
  return {
    id: lower(id),
    study: { id: lower(kept.study) },
    productHash: orNull(args["productHash"]),
    token: lower(kept.token),
    unitRule: UNIT_RULE[Number(kept.unitRule)],
    units: `${kept.units}`,
    received,
    patientAmount: share(epoch.patientShare),
    patientsPaid: sum(chain, id, "PatientPaid"),
    donated: sum(chain, id, "ShareDonated"),
    lapsed: sum(chain, id, "ShareLapsed"),
    fundAmount: share(epoch.fundShare),
    fundPaid: `${kept.fundPaid}`,
    custodianAmount: share(epoch.custodianShare),
    custodiansPaid: sum(chain, id, "CustodianPaid"),
    institutionsPaid: sum(chain, id, "InstitutionPaid"),
    epochs: proposed.map((event) => {
      const shares = structIn(event.args, "shares");
      const payees = shares["payees"] as unknown as { institution: bigint; share: bigint }[];
      return {
        number: Number(event.args["epoch"]),
        startsAt: `${event.args["startsAt"]}`,
        startedAt: at(event),
        received,
        dust: 0,
        patientShare: Number(shares["patients"]),
        fundShare: Number(shares["fund"]),
        custodianShare: Number(shares["custodians"]),
        payees: payees.map((payee) => ({
          institution: number(payee.institution),
          share: Number(payee.share),
          paid: sum(chain, id, "InstitutionPaid", ({ args: of }) => of["institution"] === payee.institution),
        })),
      };
    }),
    custodians: [...custodians].map((custodian) => ({
      institution: number(custodian),
      units: `${chain.events("DeliveryCounted").filter((event) => event.args["custodian"] === custodian).length}`,
      paid: sum(chain, id, "CustodianPaid", ({ args: of }) => of["institution"] === custodian),
    })),
  };
}

/** A category is one; a grant has as many as members. */
function unitsOf(name: string, args: ChainEvent["args"]): bigint {
  return name === "GrantEnrolled" ? (args["units"] as bigint) : 1n;
}

/** Of the amounts that all agreements' events name. */
function total(chain: Chain, name: string): bigint {
  return chain.events(name).reduce((all, { args }) => all + (args["amount"] as bigint), 0n);
}

/** Of the amounts that an agreement's events name. */
function sum(
  chain: Chain,
  agreement: unknown,
  name: string,
  isMeant: (event: ChainEvent) => boolean = () => true,
): string {
  const amounts = chain
    .events(name)
    .filter((event) => lower(event.args["agreement"]) === lower(agreement) && isMeant(event))
    .map(({ args }) => args["amount"] as bigint);
  return `${amounts.reduce((total, amount) => total + amount, 0n)}`;
}
