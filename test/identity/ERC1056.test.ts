import { expect } from "chai";
import type { BaseContract } from "ethers";
import {
  ContractFactory,
  encodeBytes32String,
  id,
  keccak256,
  ZeroAddress,
  type Contract,
  type ContractTransactionResponse,
  type Wallet,
} from "ethers";
import { EthereumDIDRegistry } from "ethr-did-registry";
import { EthrDidController } from "ethr-did-resolver";
import { PUBLIC_KEY_NAME, VERI_KEY } from "./acts.ts";
import { DAY, deployPatients, ethers, loadFixture, time, type World } from "./fixtures.ts";

const VALUE = `0x${"5c".repeat(32)}`;

interface PeerWorld extends World {
  /** The reference registry, as its package carries it. */
  reference: Contract;
}

async function deployBoth(): Promise<PeerWorld> {
  const world = await deployPatients();
  const factory = new ContractFactory<[], BaseContract>(EthereumDIDRegistry.abi, EthereumDIDRegistry.bytecode);
  const reference = (await factory.connect(world.relayer).deploy()) as Contract;
  const { child, owner, ward, contractOwner } = world;
  await (reference.connect(child) as Contract).changeOwner!(child, owner);
  await (reference.connect(ward) as Contract).changeOwner!(ward, contractOwner);
  return { ...world, reference };
}

describe("ERC1056", () => {
  describe("beside the reference registry", () => {
    interface Step {
      by: (world: World) => Wallet;
      name: string;
      args: (world: World) => unknown[];
    }

    const STEPS: Step[] = [
      {
        by: ({ patient }) => patient,
        name: "setAttribute",
        args: ({ patient }) => [patient, PUBLIC_KEY_NAME, VALUE, DAY],
      },
      {
        by: ({ patient }) => patient,
        name: "addDelegate",
        args: ({ patient, delegate }) => [patient, VERI_KEY, delegate, DAY],
      },
      { by: ({ owner }) => owner, name: "setAttribute", args: ({ child }) => [child, PUBLIC_KEY_NAME, "0x", 0] },
      { by: ({ patient }) => patient, name: "changeOwner", args: ({ patient, owner }) => [patient, owner] },
      {
        by: ({ owner }) => owner,
        name: "revokeDelegate",
        args: ({ patient, delegate }) => [patient, VERI_KEY, delegate],
      },
      { by: ({ owner }) => owner, name: "revokeAttribute", args: ({ patient }) => [patient, PUBLIC_KEY_NAME, VALUE] },
      { by: ({ owner }) => owner, name: "changeOwner", args: ({ patient }) => [patient, patient] },
      {
        by: ({ patient }) => patient,
        name: "addDelegate",
        args: ({ patient, delegate }) => [patient, VERI_KEY, delegate, 0],
      },
      { by: ({ patient }) => patient, name: "changeOwner", args: ({ patient }) => [patient, ZeroAddress] },
    ];

    /** What an act left behind, with times and blocks counted from the act's own. */
    async function traceOf(contract: BaseContract, { world, step }: { world: World; step: Step }): Promise<unknown[]> {
      const { patient, delegate } = world;
      const connected = contract.connect(step.by(world)) as Contract;
      const tx: ContractTransactionResponse = await connected.getFunction(step.name)(...step.args(world));
      const receipt = (await tx.wait())!;
      const { timestamp } = await receipt.getBlock();
      const events = receipt.logs.map((log) => {
        const { name, args } = contract.interface.parseLog(log)!;
        const { validTo, ...others } = args.toObject() as Record<string, unknown>;
        delete others["previousChange"];
        return { name, ...others, validTo: validTo ? (validTo as bigint) - BigInt(timestamp) : validTo };
      });
      const typeHash = keccak256(VERI_KEY);
      return [
        events,
        await connected.getFunction("owners")(patient),
        await connected.getFunction("validDelegate")(patient, VERI_KEY, delegate),
        ((await connected.getFunction("delegates")(patient, typeHash, delegate)) as bigint) > BigInt(timestamp),
        (await connected.getFunction("changed")(patient)) === BigInt(receipt.blockNumber),
      ];
    }

    it("leaves the same events and the same state", async () => {
      const world = await loadFixture(deployBoth);
      for (const step of STEPS) {
        const ours = await traceOf(world.registry, { world, step });
        expect(ours, step.name).to.deep.equal(await traceOf(world.reference, { world, step }));
      }
    });

    it("links each event to the block of the one before", async () => {
      const world = await loadFixture(deployBoth);
      const { registry, patient } = world;
      const blocks = [0n];
      for (const step of STEPS.filter(({ args }) => args(world)[0] === patient)) {
        const tx = await (registry.connect(step.by(world)) as BaseContract).getFunction(step.name)(...step.args(world));
        const { logs, blockNumber } = await tx.wait();
        expect(registry.interface.parseLog(logs[0])!.args.previousChange).to.equal(blocks.at(-1));
        blocks.push(BigInt(blockNumber));
      }
      expect(await registry.changed(patient)).to.equal(blocks.at(-1));
    });

    it("differs in that a deactivated identity stays so", async () => {
      const { registry, reference, patient } = await loadFixture(deployBoth);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);
      await (reference.connect(patient) as Contract).changeOwner!(patient, ZeroAddress);

      expect(await reference.identityOwner!(patient)).to.equal(patient.address);
      expect(await registry.identityOwner(patient)).to.equal(ZeroAddress);
      await expect(registry.connect(patient).changeOwner(patient, patient))
        .to.be.revertedWithCustomError(registry, "IdentityDeactivated")
        .withArgs(patient.address);
    });
  });

  describe("identityOwner", () => {
    it("is the identity itself while nothing is on record", async () => {
      const { registry, patient } = await loadFixture(deployPatients);
      expect(await registry.identityOwner(patient)).to.equal(patient.address);
      expect(await registry.owners(patient)).to.equal(ZeroAddress);
      expect(await registry.changed(patient)).to.equal(0n);
    });

    it("is the new owner after a change", async () => {
      const { registry, child, owner } = await loadFixture(deployPatients);
      expect(await registry.identityOwner(child)).to.equal(owner.address);
      expect(await registry.owners(child)).to.equal(owner.address);
    });
  });

  describe("nonce", () => {
    it("starts at a value that depends on the registry", async () => {
      const { registry, patient } = await loadFixture(deployPatients);
      const other = await ethers.deployContract("PatientRegistry", [ZeroAddress]);

      expect(await registry.nonce(patient)).to.not.equal(await other.nonce(patient));
      expect(BigInt.asUintN(40, await registry.nonce(patient))).to.equal(0n);
    });

    it("is the low 216 bits of the hash of chain id and registry, followed by a count of 40 bits", async () => {
      const { registry, patient } = await loadFixture(deployPatients);
      const { chainId } = await ethers.provider.getNetwork();
      const bound = ethers.AbiCoder.defaultAbiCoder().encode(
        ["uint256", "address"],
        [chainId, await registry.getAddress()],
      );

      expect(await registry.nonce(patient)).to.equal(BigInt.asUintN(256, BigInt(keccak256(bound)) << 40n));
    });
  });

  describe("validDelegate", () => {
    for (const [offset, isValid] of [
      [-1, true],
      [0, false],
      [1, false],
    ] as const) {
      it(`is ${isValid} ${offset} s from the end`, async () => {
        const { registry, patient, delegate } = await loadFixture(deployPatients);
        const now = (await time.latest()) + DAY;
        await time.setNextBlockTimestamp(now);
        await registry.connect(patient).addDelegate(patient, VERI_KEY, delegate, DAY);
        await time.increaseTo(now + DAY + offset);

        expect(await registry.validDelegate(patient, VERI_KEY, delegate)).to.equal(isValid);
        expect(await registry.delegates(patient, keccak256(VERI_KEY), delegate)).to.equal(now + DAY);
      });
    }

    it("is false for another type, delegate or identity", async () => {
      const { registry, patient, delegate, stranger } = await loadFixture(deployPatients);
      await registry.connect(patient).addDelegate(patient, VERI_KEY, delegate, DAY);

      expect(await registry.validDelegate(patient, encodeBytes32String("sigAuth"), delegate)).to.equal(false);
      expect(await registry.validDelegate(patient, VERI_KEY, stranger)).to.equal(false);
      expect(await registry.validDelegate(stranger, VERI_KEY, delegate)).to.equal(false);
    });

    it("is false once the identity is deactivated", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      await registry.connect(patient).addDelegate(patient, VERI_KEY, delegate, DAY);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);

      expect(await registry.validDelegate(patient, VERI_KEY, delegate)).to.equal(false);
    });
  });

  describe("an unmodified client's signed acts", () => {
    it("are accepted, for an identity that another owns", async () => {
      const { registry, child, owner, relayer, delegate, stranger } = await loadFixture(deployPatients);
      // The client is typed by ethers' CommonJS build.
      const connected = registry.connect(relayer) as never;
      // As the current version of the reference registry counts nonces.
      const client = new EthrDidController(
        child.address,
        connected,
        relayer as never,
        "dev",
        undefined,
        undefined,
        "",
        false,
      );
      const sign = (digest: string) => {
        const { v, r, s } = owner.signingKey.sign(digest);
        return { sigV: v, sigR: r, sigS: s };
      };
      const key = "did/pub/Ed25519/veriKey/hex";

      await client.addDelegateSigned(
        "veriKey",
        delegate.address,
        DAY,
        sign(await client.createAddDelegateHash("veriKey", delegate.address, DAY)),
      );
      expect(await registry.validDelegate(child, VERI_KEY, delegate)).to.equal(true);
      await client.revokeDelegateSigned(
        "veriKey",
        delegate.address,
        sign(await client.createRevokeDelegateHash("veriKey", delegate.address)),
      );
      expect(await registry.validDelegate(child, VERI_KEY, delegate)).to.equal(false);

      const set = await client.setAttributeSigned(
        key,
        VALUE,
        DAY,
        sign(await client.createSetAttributeHash(key, VALUE, DAY)),
      );
      const revoked = await client.revokeAttributeSigned(
        key,
        VALUE,
        sign(await client.createRevokeAttributeHash(key, VALUE)),
      );
      expect([set, revoked].map(({ logs }) => logs[0]!.topics[0])).to.deep.equal(
        Array(2).fill(id("DIDAttributeChanged(address,bytes32,bytes,uint256,uint256)")),
      );

      await client.changeOwnerSigned(stranger.address, sign(await client.createChangeOwnerHash(stranger.address)));
      expect(await registry.identityOwner(child)).to.equal(stranger.address);
    });
  });

  describe("authority", () => {
    it("costs one slot's read for the owner", async () => {
      const { registry, patient } = await loadFixture(deployPatients);
      const data = registry.interface.encodeFunctionData("authority", [patient.address, patient.address]);
      const tx = await patient.sendTransaction({ to: registry, data });
      const { structLogs } = await ethers.provider.send("debug_traceTransaction", [tx.hash, {}]);
      const reads = structLogs.filter(({ op }: { op: string }) => op === "SLOAD");

      // A first read of a slot costs 2,100, a second one 100.
      expect(reads.filter(({ gasCost }: { gasCost: number }) => gasCost > 100)).to.have.lengthOf(1);
    });
  });
});
