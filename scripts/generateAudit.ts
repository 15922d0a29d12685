import { join } from "node:path";
import { Command } from "commander";
import { writeWhole } from "./deployment/AddressBook.ts";
import { auditFile } from "./audit/auditFile.ts";
import { ROOT } from "./paths.ts";

const command = new Command("generate:audit")
  .description(
    "Writes the queries of docs/audit-queries.md and the types of their answers to sdk/src/audit/auditQuestions.ts.",
  )
  .action(() => writeWhole(join(ROOT, "sdk/src/audit/auditQuestions.ts"), auditFile()));

// Not by runCommand, whose errors are of the SDK, which cannot be loaded before this file is there.
await command.parseAsync();
