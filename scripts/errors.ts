import { BaseError } from "@consilium/sdk";

/** A config file that is missing, no JSON, or breaks its schema; each fault is named with file, field and reason. */
export class ConfigError extends BaseError {
  constructor(faults: string[]) {
    super(faults.join("\n"), { mend: "Mend the named fields; docs/operations.md explains them." });
  }
}

/** A deployment that cannot begin or go on, with what stands in its way. */
export class DeploymentError extends BaseError {}
