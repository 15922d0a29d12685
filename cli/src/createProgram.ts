import { Command } from "commander";
import { addActionCommands } from "./commands/action.ts";
import { addAgentCommands } from "./commands/agent.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addCaseCommands } from "./commands/case.ts";
import { addClaimCommand } from "./commands/claim.ts";
import { addConsentCommands } from "./commands/consent.ts";
import { addEmergencyCommands } from "./commands/emergency.ts";
import { addEncryptionKeyCommands } from "./commands/encryptionKey.ts";
import { addFetchCommand } from "./commands/fetch.ts";
import { addGatewayCommand } from "./commands/gateway.ts";
import { addKeyCommands } from "./commands/key.ts";
import { addMemberCommands } from "./commands/member.ts";
import { addOperationCommands } from "./commands/operation.ts";
import { addPayoutCommand } from "./commands/payout.ts";
import { addProposalCommands } from "./commands/proposal.ts";
import { addRecordCommands } from "./commands/record.ts";
import { addRequestCommand } from "./commands/request.ts";
import { addRevenueCommands } from "./commands/revenue.ts";
import { addStudyCommands } from "./commands/study.ts";
import type { Io } from "./Io.ts";

/** The whole command line, with its help. */
export function createProgram(io: Io): Command {
  const program = new Command("consilium")
    .description("Sharing medical data under rules that a chain enforces.")
    .option("--network <name>", "a network that the suite is deployed to: its address book is deployments/<name>.json")
    .option("--consortium <name>", "a folder of config/")
    .option("--rpc <url>", "JSON-RPC endpoint of the chain, in place of the configured one")
    .option("--graph <url>", "GraphQL endpoint of the index, in place of the configured one")
    .option("--root <directory>", "where deployments/ lies")
    .option("--key <source>", "who signs: keystore:NAME, keystore:FILE, ledger[:PATH] or rpc:URL[#ADDRESS]")
    .option("--password-file <file>", "holds the keystore's password; only its owner may read it")
    .option("--dry-run", "try and show what would be sent, and send nothing")
    .option("--yes", "send without asking")
    .option("--json", "print the result as one JSON object")
    .option("--field <path>", "print one value of that object alone, such as address or records.0.record, for scripts");
  inherit(program, io);

  for (const add of [
    addKeyCommands,
    addOperationCommands,
    addMemberCommands,
    addAgentCommands,
    addActionCommands,
    addProposalCommands,
    addStudyCommands,
    addConsentCommands,
    addClaimCommand,
    addPayoutCommand,
    addRevenueCommands,
    addRecordCommands,
    addRequestCommand,
    addEncryptionKeyCommands,
    addEmergencyCommands,
    addCaseCommands,
    addFetchCommand,
    addGatewayCommand,
    addAuditCommands,
  ]) {
    add(program, io);
  }
  for (const command of all(program)) inherit(command, io);
  return program;
}

/** Errors are thrown instead of ending the process, and all is written by way of `io`. */
function inherit(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.note(text.trimEnd()) });
}

function all(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...all(one)]);
}
