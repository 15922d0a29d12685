import { expect } from "chai";
import * as sdk from "@consilium/sdk";

describe("errors", () => {
  it("tell what happened, what to do, and where it is explained", () => {
    const error = new sdk.PolicyWordError("level", 4);
    expect(error.name).to.equal("PolicyWordError");
    expect(error.shortMessage).to.equal('The policy word\'s field "level" cannot hold 4.');
    expect(error.docs).to.equal("docs/errors.md#policyworderror");
    expect(error.message).to.equal(
      `${error.shortMessage}\nWhat to do: ${error.mend}\nSee docs/errors.md#policyworderror`,
    );
    expect(error.cause).to.equal(undefined);
  });

  it("are one tree, of which only one branch is worth a retry", () => {
    const classes = Object.values(sdk).filter(
      (value): value is typeof sdk.BaseError => typeof value === "function" && value.prototype instanceof sdk.BaseError,
    );
    expect(classes.length).to.be.greaterThan(8);
    const retryable = classes.filter((type) => type.prototype instanceof sdk.RetryableError);
    expect(retryable).to.have.members([
      sdk.ChainUnavailableError,
      sdk.GatewayUnavailableError,
      sdk.IndexUnavailableError,
      sdk.SignerUnavailableError,
    ]);
  });

  it("keep their cause", () => {
    const cause = new Error("inner");
    expect(new sdk.RecordDecryptionError(cause).cause).to.equal(cause);
  });
});
