import { expect } from "chai";
import { deployConsilium, ethers, loadFixture } from "../fixtures/consilium.ts";

const { MaxUint256, ZeroAddress, ZeroHash } = ethers;
const PURPOSE = ethers.id("decision");

describe("PatientHealthFund", () => {
  async function deployFund() {
    const suite = await loadFixture(deployConsilium);
    await suite.token.mint(suite.fund, 1_000n);
    return { ...suite, asRules: suite.fund.connect(suite.signers.rules), recipient: suite.signers.relayer };
  }

  describe("constructor", () => {
    it("reverts without an authority", async () => {
      const { fund } = await loadFixture(deployFund);
      await expect(ethers.deployContract("PatientHealthFund", [ZeroAddress]))
        .to.be.revertedWithCustomError(fund, "ZeroAddress")
        .withArgs();
    });

    it("keeps the authority", async () => {
      const { fund, authority } = await loadFixture(deployFund);
      expect(await fund.authority()).to.equal(await authority.getAddress());
    });
  });

  describe("spend", () => {
    for (const caller of ["stranger", "deployer", "admin", "operator", "supervision", "instituteAdmin"] as const) {
      it(`reverts when the caller is ${caller}`, async () => {
        const { fund, token, signers, recipient } = await loadFixture(deployFund);
        await expect(fund.connect(signers[caller]).spend(token, recipient, 1n, PURPOSE))
          .to.be.revertedWithCustomError(fund, "AccessManagedUnauthorized")
          .withArgs(signers[caller].address);
        expect(await token.balanceOf(fund)).to.equal(1_000n);
      });
    }

    it("reverts without a token or a recipient", async () => {
      const { asRules, token, recipient } = await loadFixture(deployFund);
      await expect(asRules.spend(ZeroAddress, recipient, 1n, PURPOSE))
        .to.be.revertedWithCustomError(asRules, "ZeroAddress")
        .withArgs();
      await expect(asRules.spend(token, ZeroAddress, 1n, PURPOSE))
        .to.be.revertedWithCustomError(asRules, "ZeroAddress")
        .withArgs();
    });

    it("reverts for an amount of zero", async () => {
      const { asRules, token, recipient } = await loadFixture(deployFund);
      await expect(asRules.spend(token, recipient, 0n, PURPOSE))
        .to.be.revertedWithCustomError(asRules, "FundAmountInvalid")
        .withArgs(0n);
    });

    it("reverts without a purpose", async () => {
      const { asRules, token, recipient } = await loadFixture(deployFund);
      await expect(asRules.spend(token, recipient, 1n, ZeroHash))
        .to.be.revertedWithCustomError(asRules, "ZeroHash")
        .withArgs();
    });

    it("reverts for more than the fund holds", async () => {
      const { asRules, fund, token, recipient } = await loadFixture(deployFund);
      for (const amount of [1_001n, MaxUint256]) {
        await expect(asRules.spend(token, recipient, amount, PURPOSE))
          .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
          .withArgs(await fund.getAddress(), 1_000n, amount);
      }
    });

    it("reverts when the token is no contract", async () => {
      const { asRules, signers, recipient } = await loadFixture(deployFund);
      await expect(asRules.spend(signers.stranger, recipient, 1n, PURPOSE))
        .to.be.revertedWithCustomError(asRules, "SafeERC20FailedOperation")
        .withArgs(signers.stranger.address);
    });

    it("reverts when the token answers false", async () => {
      const { asRules, fund, recipient } = await loadFixture(deployFund);
      const token = await ethers.deployContract("FalseReturningToken");
      await token.mint(fund, 5n);
      await token.setFailing(true);
      await expect(asRules.spend(token, recipient, 5n, PURPOSE))
        .to.be.revertedWithCustomError(asRules, "SafeERC20FailedOperation")
        .withArgs(await token.getAddress());
    });

    it("gives a token that calls back no way to spend", async () => {
      const { asRules, fund, recipient } = await loadFixture(deployFund);
      const token = await ethers.deployContract("ReentrantToken");
      await token.mint(fund, 5n);
      await token.arm(
        fund,
        fund.interface.encodeFunctionData("spend", [await token.getAddress(), recipient.address, 4n, PURPOSE]),
      );
      await expect(asRules.spend(token, recipient, 1n, PURPOSE))
        .to.be.revertedWithCustomError(fund, "AccessManagedUnauthorized")
        .withArgs(await token.getAddress());
      expect(await token.balanceOf(fund)).to.equal(5n);
    });

    for (const amount of [1n, 999n, 1_000n]) {
      it(`pays ${amount} out of 1000, and says so`, async () => {
        const { asRules, fund, token, signers, recipient } = await loadFixture(deployFund);
        const paying = asRules.spend(token, recipient, amount, PURPOSE);
        await expect(paying)
          .to.emit(fund, "FundSpent")
          .withArgs(await token.getAddress(), recipient.address, amount, PURPOSE, signers.rules.address);
        await expect(paying).to.changeTokenBalances(ethers, token, [fund, recipient], [-amount, amount]);
      });
    }

    it("pays twice for the same purpose when decided twice", async () => {
      const { asRules, fund, token, recipient } = await loadFixture(deployFund);
      await asRules.spend(token, recipient, 400n, PURPOSE);
      await asRules.spend(token, recipient, 600n, PURPOSE);
      expect(await token.balanceOf(fund)).to.equal(0n);
    });
  });
});
