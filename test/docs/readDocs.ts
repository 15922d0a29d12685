import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** What a source declares under its own name. */
export interface Declared {
  file: string;
  kind: "function" | "event" | "error" | "class";
  name: string;
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The errors of the contracts that are deployed, and the classes of errors that SDK, gateway, command line and scripts throw. */
export function declaredErrors(): Declared[] {
  const contracts = globSync("contracts/**/*.sol", { cwd: ROOT }).filter((file) => !file.includes("contracts/mocks/"));
  const code = globSync(["sdk/src/**/*.ts", "gateway/src/**/*.ts", "cli/src/**/*.ts", "scripts/**/*.ts"], {
    cwd: ROOT,
  });
  return [
    ...contracts.flatMap((file) => namesIn(file, "error", /^\s*error (\w+)\(/gm)),
    ...code.flatMap((file) => namesIn(file, "class", /^export class (\w*Error) /gm)),
  ];
}

/** Interfaces that a contract fulfils beside its own. */
const PARTS_OF: Record<string, string> = { ERC1056: "PatientRegistry" };

/** The interfaces of the suite, each with the contract whose page explains it. */
export function interfaces(): { file: string; contract: string }[] {
  return globSync("contracts/**/I[A-Z]*.sol", { cwd: ROOT })
    .filter((file) => /^interface /m.test(readText(file)))
    .map((file) => {
      const contract = basename(file, ".sol").slice(1);
      return { file, contract: PARTS_OF[contract] ?? contract };
    });
}

/** What an interface declares: its functions, all of them external, its events and its errors. */
export function declaredIn(file: string): Declared[] {
  return [
    ...namesIn(file, "function", /^\s*function (\w+)\(/gm),
    ...namesIn(file, "event", /^\s*event (\w+)\(/gm),
    ...namesIn(file, "error", /^\s*error (\w+)\(/gm),
  ];
}

/** The names that a page sets as code, without their parameters. */
export function codeNames(page: string): Set<string> {
  return new Set([...page.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name!));
}

/** The sections of a page under headings of the third level. */
export function sectionsOf(page: string): { name: string; text: string }[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return { name: section.slice(0, end), text: section.slice(end).split(/^## /m)[0]! };
    });
}

function namesIn(file: string, kind: Declared["kind"], pattern: RegExp): Declared[] {
  return [...readText(file).matchAll(pattern)].map(([, name]) => ({ file, kind, name: name! }));
}
