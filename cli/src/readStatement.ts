import { custodianDue, PAGE, positionDue, queryIndex, readPages } from "@consilium/sdk";

/** Who is owed and was paid what; amounts in units of the token. */
export type StatementLine = {
  agreement: string;
  token: string;
  kind: "patient" | "custodian" | "processor" | "fund";
  /** DID or institution; of a patient that no event names, none. */
  payee: string | null;
  /** Of a patient: the record within the grant by the rule RECORD, by CATEGORY the one that stands for its category. */
  access: string | null;
  paid: bigint;
  donated: bigint;
  lapsed: bigint;
  owed: bigint;
};

type Agreement = {
  id: string;
  token: string;
  unitRule: "RECORD" | "PATIENT" | "CATEGORY";
  accruedPerUnit: string;
  custodianAccruedPerUnit: string;
  fundAmount: string;
  fundPaid: string;
  donated: string;
  lapsed: string;
  epochs: {
    received: string;
    dust: number;
    startedAt: string | null;
    payees: { share: number; paid: string; institution: { number: number } }[];
  }[];
  custodians: {
    institution: { number: number };
    units: string;
    due: string;
    accruedPerUnit: string;
    paid: string;
  }[];
};

type Enrolment = {
  id: string;
  accruedPerUnit: string;
  request: { id: string };
  patient: { id: string } | null;
  access: { id: string } | null;
};
type Share = { id: string; paid: string; donated: string; lapsed: string };
type Access = { id: string; patient: { id: string } | null };

const AGREEMENTS = `query Agreements($study: String!, $block: Int!) {
  revenueAgreements(where: { study: $study }, first: 1000, block: { number: $block }) {
    id token unitRule accruedPerUnit custodianAccruedPerUnit fundAmount fundPaid donated lapsed
    epochs(orderBy: number, first: 1000) { received dust startedAt payees { share paid institution { number } } }
    custodians(first: 1000) { institution { number } units due accruedPerUnit paid }
  }
}`;

const ENROLMENTS = `query Enrolments($agreement: String!, $after: String!, $block: Int!) {
  page: enrolments(where: { agreement: $agreement, id_gt: $after }, orderBy: id, first: ${PAGE}, block: { number: $block }) {
    id accruedPerUnit request { id } patient { id } access { id }
  }
}`;

const SHARES = `query Shares($agreement: String!, $after: String!, $block: Int!) {
  page: patientShares(where: { agreement: $agreement, id_gt: $after }, orderBy: id, first: ${PAGE}, block: { number: $block }) {
    id paid donated lapsed
  }
}`;

const ACCESSES = `query Accesses($request: String!, $after: String!, $block: Int!) {
  page: accesses(
    where: { request: $request, decision: APPROVED, id_gt: $after }, orderBy: id, first: ${PAGE}, block: { number: $block }
  ) { id patient { id } }
}`;

export type ReadStatementParameters = { graphUrl: string; study: string; onProgress?: (message: string) => void };

/** The statement of all agreements of a study and its products, from the index alone, as of one block. */
export async function readStatement(parameters: ReadStatementParameters): Promise<StatementLine[]> {
  const { graphUrl, study, onProgress = () => {} } = parameters;
  const { _meta } = await queryIndex<{ _meta: { block: { number: number } } }>(
    graphUrl,
    "{ _meta { block { number } } }",
  );
  const block = _meta.block.number;
  const { revenueAgreements } = await queryIndex<{ revenueAgreements: Agreement[] }>(graphUrl, AGREEMENTS, {
    study: study.toLowerCase(),
    block,
  });
  const read = <T extends { id: string }>(query: string, variables: object) =>
    readPages<T>(graphUrl, query, { ...variables, block }, { first: "0x", cursor: ({ id }) => id });

  const lines: StatementLine[] = [];
  for (const agreement of revenueAgreements) {
    onProgress(`Reading the agreement ${agreement.id} as of block ${block}`);
    const shares = new Map((await read<Share>(SHARES, { agreement: agreement.id })).map((share) => [share.id, share]));
    for (const enrolment of await read<Enrolment>(ENROLMENTS, { agreement: agreement.id })) {
      const { patient, access, request } = enrolment;
      const accesses =
        patient === null
          ? await read<Access>(ACCESSES, { request: request.id })
          : [{ id: access === null ? patient.id : access.id, patient }];
      for (const access of accesses) lines.push(patientLine(agreement, enrolment, access, shares));
    }
    lines.push(...custodianLines(agreement), ...processorLines(agreement), fundLine(agreement));
  }
  return lines;
}

function patientLine(
  agreement: Agreement,
  enrolment: Enrolment,
  { id, patient }: Access,
  shares: Map<string, Share>,
): StatementLine {
  const share = shares.get(`${agreement.id}${id.slice(2)}`);
  const [paid, donated, lapsed] = [share?.paid, share?.donated, share?.lapsed].map((amount) => BigInt(amount ?? 0)) as [
    bigint,
    bigint,
    bigint,
  ];
  const owed = positionDue({
    accruedPerUnit: BigInt(agreement.accruedPerUnit),
    enrolledAt: BigInt(enrolment.accruedPerUnit),
    settled: paid + donated + lapsed,
  });
  const access = agreement.unitRule === "PATIENT" ? null : id;
  return { ...lineOf(agreement, "patient", patient?.id ?? null), access, paid, donated, lapsed, owed };
}

function custodianLines(agreement: Agreement): StatementLine[] {
  return agreement.custodians.map(({ institution, units, due, accruedPerUnit, paid }) => ({
    ...lineOf(agreement, "custodian", `${institution.number}`),
    paid: BigInt(paid),
    owed: custodianDue({
      accruedPerUnit: BigInt(agreement.custodianAccruedPerUnit),
      settledAt: BigInt(accruedPerUnit),
      units: BigInt(units),
      due: BigInt(due),
    }),
  }));
}

/** Over all epochs. */
function processorLines(agreement: Agreement): StatementLine[] {
  const lines = new Map<number, StatementLine>();
  for (const { received, dust, payees } of agreement.epochs) {
    for (const { institution, share, paid } of payees) {
      const line = lines.get(institution.number) ?? lineOf(agreement, "processor", `${institution.number}`);
      // The rest of the epoch before is split with the first deposit.
      const split = received === "0" ? 0n : BigInt(received) + BigInt(dust);
      line.paid += BigInt(paid);
      line.owed += (split * BigInt(share)) / 10_000n - BigInt(paid);
      lines.set(institution.number, line);
    }
  }
  return [...lines.values()];
}

function fundLine(agreement: Agreement): StatementLine {
  const { fundAmount, fundPaid, donated, lapsed } = agreement;
  const line = lineOf(agreement, "fund", null);
  return {
    ...line,
    paid: BigInt(fundPaid),
    owed: BigInt(fundAmount) + BigInt(donated) + BigInt(lapsed) - BigInt(fundPaid),
  };
}

function lineOf({ id, token }: Agreement, kind: StatementLine["kind"], payee: string | null): StatementLine {
  return { agreement: id, token, kind, payee, access: null, paid: 0n, donated: 0n, lapsed: 0n, owed: 0n };
}
