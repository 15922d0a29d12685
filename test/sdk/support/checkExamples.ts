import { join } from "node:path";
import ts from "typescript";
import * as sdk from "@consilium/sdk";
import { ROOT } from "../../../scripts/paths.ts";

/** What the examples find in their scene, by type. */
const SCENE = `
import { expect } from "chai";
import type { Address, EIP1193Provider, Hex, LocalAccount, Transport } from "viem";
import { ${Object.keys(sdk).join(", ")} } from "@consilium/sdk";
import type * as types from "@consilium/sdk";
declare const suite: types.Suite;
declare const book: types.SuiteBook;
declare const transport: Transport;
declare const provider: EIP1193Provider;
declare const graphUrl: string, gatewayUrl: string;
declare const patient: Address, researcher: Address, ANY: Address;
declare const account: LocalAccount;
declare const study: Hex, HASH: Hex, ATTRIBUTE: Hex;
declare const batch: types.RecordBatch;
declare const consent: ReturnType<typeof createConsent>, ownConsent: typeof consent;
declare const signedByGuardian: Awaited<ReturnType<typeof signGiveConsent>>, signedByMinor: typeof signedByGuardian;
declare const request: types.AccessRequest;
declare const cohort: types.CohortRequest;
declare const member: types.GrantMember;
declare const opening: types.RecordOpening;
declare const privateKey: Uint8Array;
declare const context: types.EnvelopeContext;
declare const session: types.GatewaySession;
declare const signer: types.TextSigner;
declare const now: number;
declare const decidedIn: bigint, DEADLINE: bigint;
`;

const FILE = join(ROOT, "test/sdk/examples.virtual.ts");

/** What TypeScript finds wrong with examples, each as if it stood in a file of its own beside the tests. */
export function checkExamples(examples: readonly { name: string; code: string }[]): string[] {
  const text = `${SCENE}${examples.map(({ name, code }) => `async function of_${name}() {\n${code}\n}`).join("\n")}`;
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile.bind(ts.sys)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const all = { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false, incremental: false };
  const host = ts.createCompilerHost(all);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...more) =>
    name === FILE ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext) : getSourceFile(name, ...more);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => name === FILE || fileExists(name);
  const program = ts.createProgram([FILE], all, host);
  const source = program.getSourceFile(FILE);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText, start }) => {
      const line = text.slice(0, start).split("\n").length - 1;
      return `${text.split("\n")[line]!.trim()}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    },
  );
}
