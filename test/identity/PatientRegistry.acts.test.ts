import { expect } from "chai";
import { toBeHex, ZeroAddress, type ContractTransactionResponse } from "ethers";
import { ACTS, VERI_KEY, type Act, type Direct, type Value } from "./acts.ts";
import { DAY, deployPatients, ethers, loadFixture, MAX_UINT256, time, type World } from "./fixtures.ts";
import { FORMS, identityOf, keyOf, ownerOf, perform, type Form } from "./forms.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

interface Scene {
  world: World;
  identity: string;
  owner: string;
  args: Value[];
}

/** Does an act directly, whoever owns the identity, and whatever form the suite is about. */
function directly(world: World, form: Form): Direct {
  const direct: Form = { ...form, kind: "direct", isRelayed: false };
  return (name, args) => perform(world, direct, { name, fields: [], namesSigner: false }, args);
}

async function prepare(form: Form, act: Act): Promise<Scene> {
  const world = await loadFixture(deployPatients);
  const identity = identityOf(world, form);
  await act.prepare?.(world, identity, directly(world, form));
  return { world, identity, owner: await ownerOf(world, form), args: await act.args(world) };
}

async function blockOf(tx: ContractTransactionResponse): Promise<{ number: number; timestamp: number }> {
  return await (await tx.wait())!.getBlock();
}

for (const form of FORMS) {
  const acts = form.kind === "legacy" ? ACTS.filter(({ isErc1056 }) => isErc1056) : ACTS;
  const isSigned = form.kind !== "direct";

  describe(`PatientRegistry, ${form.name}`, () => {
    for (const act of acts) {
      describe(act.name, () => {
        it("reverts when a stranger acts", async () => {
          const { world, identity, owner, args } = await prepare(form, act);
          const { registry, stranger, contractOwner } = world;
          const attempt = perform(world, form, act, args, { key: stranger });

          if (isSigned) {
            await expect(attempt).to.be.revertedWithCustomError(registry, "SignatureInvalid").withArgs(owner);
          } else if (form.isContract) {
            await expect(attempt)
              .to.be.revertedWithCustomError(contractOwner, "NotWalletOwner")
              .withArgs(stranger.address);
          } else {
            await expect(attempt)
              .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
              .withArgs(identity, stranger.address);
          }
        });

        it("reverts when the identity itself acts, but no longer owns itself", async () => {
          const { world, identity, owner, args } = await prepare(form, act);
          const { registry, child, ward } = world;
          const attempt = form.isContract
            ? perform(world, { ...form, isContract: false }, act, args, { key: ward, identity })
            : perform(world, form, act, args, { key: child });

          if (!isSigned) {
            await expect(attempt)
              .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
              .withArgs(identity, identity);
          } else if (form.isContract && act.namesSigner) {
            await expect(attempt)
              .to.be.revertedWithCustomError(registry, "SignatureInvalid")
              .withArgs(world.owner.address);
          } else {
            await expect(attempt).to.be.revertedWithCustomError(registry, "SignatureInvalid").withArgs(owner);
          }
        });

        it("reverts when the identity is another's", async () => {
          const { world, owner, args } = await prepare(form, act);
          const { registry, patient } = world;
          const attempt = perform(world, form, act, args, { identity: patient.address });

          if (!isSigned) {
            await expect(attempt)
              .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
              .withArgs(patient.address, owner);
          } else {
            await expect(attempt)
              .to.be.revertedWithCustomError(registry, "SignatureInvalid")
              .withArgs(act.namesSigner ? owner : patient.address);
          }
        });

        it("reverts when the identity is deactivated", async () => {
          const { world, identity, args } = await prepare(form, act);
          await directly(world, form)("changeOwner", [ZeroAddress]);

          await expect(perform(world, form, act, args))
            .to.be.revertedWithCustomError(world.registry, "IdentityDeactivated")
            .withArgs(identity);
        });

        it("does it and says so", async () => {
          const { world, identity, owner, args } = await prepare(form, act);
          const { registry } = world;
          const previous = await registry.changed(identity);
          const nonce = await registry.nonce(owner);
          const tx = await perform(world, form, act, args);

          const { number, timestamp: now } = await blockOf(tx);
          const eventArgs = act.eventArgs({ world, owner, args, now, previous });
          await expect(tx)
            .to.emit(registry, act.event)
            .withArgs(identity, ...eventArgs);
          expect(await registry.changed(identity)).to.equal(act.isErc1056 ? BigInt(number) : previous);
          expect(await registry.nonce(owner)).to.equal(isSigned || act.spendsNonce ? nonce + 1n : nonce);
        });

        if (isSigned) {
          it("reverts when the signature is used again", async () => {
            const { world, owner, args } = await prepare(form, act);
            const { registry } = world;
            const nonce = await registry.nonce(owner);
            await perform(world, form, act, args);
            const signer = await registry.identityOwner(identityOf(world, form));

            await expect(perform(world, form, act, args, { nonce }))
              .to.be.revertedWithCustomError(registry, "SignatureInvalid")
              .withArgs(act.namesSigner ? owner : signer);
          });

          it("reverts when the nonce is a later one", async () => {
            const { world, owner, args } = await prepare(form, act);
            const nonce = (await world.registry.nonce(owner)) + 1n;

            await expect(perform(world, form, act, args, { nonce }))
              .to.be.revertedWithCustomError(world.registry, "SignatureInvalid")
              .withArgs(owner);
          });

          it("reverts when the signature was for another registry", async () => {
            const { world, owner, args } = await prepare(form, act);
            const { child, ward, contractOwner } = world;
            const target = await ethers.deployContract("PatientRegistry", [ZeroAddress]);
            await target.connect(child).changeOwner(child, world.owner);
            await target.connect(ward).changeOwner(ward, contractOwner);
            // Even where the other registry's nonce is known.
            const nonce = await target.nonce(owner);

            await expect(perform(world, form, act, args, { target, nonce }))
              .to.be.revertedWithCustomError(target, "SignatureInvalid")
              .withArgs(owner);
          });

          it("reverts when the signature was for another chain", async () => {
            const { world, owner, args } = await prepare(form, act);
            const { registry } = world;
            const { chainId } = await ethers.provider.getNetwork();
            const deviation =
              form.kind === "typed"
                ? { chainId: chainId + 1n }
                : { nonce: nonceBase(chainId + 1n, await registry.getAddress()) };

            await expect(perform(world, form, act, args, deviation))
              .to.be.revertedWithCustomError(registry, "SignatureInvalid")
              .withArgs(owner);
          });

          it("reverts when the signature is malleated", async () => {
            const { world, owner, args } = await prepare(form, act);
            const alter = ({ v, r, s }: { v: number; r: string; s: string }) => ({
              v: v === 27 ? 28 : 27,
              r,
              s: toBeHex(CURVE_ORDER - BigInt(s), 32),
            });

            await expect(perform(world, form, act, args, { alter }))
              .to.be.revertedWithCustomError(world.registry, "SignatureInvalid")
              .withArgs(owner);
          });

          it("reverts when the signature is empty of sense", async () => {
            const { world, owner, args } = await prepare(form, act);
            const alter = () => ({ v: 0, r: toBeHex(0, 32), s: toBeHex(0, 32) });

            await expect(perform(world, form, act, args, { alter }))
              .to.be.revertedWithCustomError(world.registry, "SignatureInvalid")
              .withArgs(owner);
          });
        }

        if (form.kind === "typed") {
          it("reverts the second after its deadline", async () => {
            const { world, args } = await prepare(form, act);
            const deadline = BigInt((await time.latest()) + DAY);
            await time.setNextBlockTimestamp(deadline + 1n);

            await expect(perform(world, form, act, args, { deadline }))
              .to.be.revertedWithCustomError(world.registry, "SignatureExpired")
              .withArgs(deadline);
          });

          for (const lead of [1n, 0n]) {
            it(`holds ${lead} s before its deadline`, async () => {
              const { world, args } = await prepare(form, act);
              const deadline = BigInt((await time.latest()) + DAY);
              await time.setNextBlockTimestamp(deadline - lead);

              await expect(perform(world, form, act, args, { deadline })).to.emit(world.registry, act.event);
            });
          }
        }

        if (act.fields.some(({ name }) => name === "validity")) {
          it("reverts when the validity overflows", async () => {
            const { world, identity, args } = await prepare(form, act);
            const now = (await time.latest()) + DAY;
            const tooLong = MAX_UINT256 - BigInt(now) + 1n;
            await time.setNextBlockTimestamp(now);

            await expect(perform(world, form, act, [...args.slice(0, -1), tooLong]))
              .to.be.revertedWithCustomError(world.registry, "ValidityInvalid")
              .withArgs(identity, tooLong);
          });

          it("holds for the longest and the shortest validity", async () => {
            const { world, identity, args } = await prepare(form, act);
            const now = (await time.latest()) + DAY;
            const previous = await world.registry.changed(identity);
            await time.setNextBlockTimestamp(now);
            const longest = await perform(world, form, act, [...args.slice(0, -1), MAX_UINT256 - BigInt(now)]);
            await expect(longest)
              .to.emit(world.registry, act.event)
              .withArgs(identity, args[0], args[1], MAX_UINT256, previous);

            await time.setNextBlockTimestamp(now + 1);
            await expect(perform(world, form, act, [...args.slice(0, -1), 0]))
              .to.emit(world.registry, act.event)
              .withArgs(identity, args[0], args[1], now + 1, (await blockOf(longest)).number);
          });
        }
      });
    }

    it("changes what it says it changes", async () => {
      const world = await loadFixture(deployPatients);
      const { registry, delegate, stranger } = world;
      const identity = identityOf(world, form);
      const actNamed = (name: string) => ACTS.find((act) => act.name === name)!;

      await perform(world, form, actNamed("addDelegate"), [VERI_KEY, delegate.address, DAY]);
      expect(await registry.validDelegate(identity, VERI_KEY, delegate)).to.equal(true);
      await perform(world, form, actNamed("revokeDelegate"), [VERI_KEY, delegate.address]);
      expect(await registry.validDelegate(identity, VERI_KEY, delegate)).to.equal(false);
      await perform(world, form, actNamed("changeOwner"), [stranger.address]);
      expect(await registry.identityOwner(identity)).to.equal(stranger.address);
      expect(await registry.owners(identity)).to.equal(stranger.address);
    });

    it("deactivates for ever by a change of owner to nobody", async () => {
      const world = await loadFixture(deployPatients);
      const { registry } = world;
      const identity = identityOf(world, form);
      const owner = await ownerOf(world, form);
      const previous = await registry.changed(identity);
      const changeOwner = ACTS.find(({ name }) => name === "changeOwner")!;

      await expect(perform(world, form, changeOwner, [ZeroAddress]))
        .to.emit(registry, "DIDOwnerChanged")
        .withArgs(identity, ZeroAddress, previous);
      expect(await registry.isDeactivated(identity)).to.equal(true);
      expect(await registry.identityOwner(identity)).to.equal(ZeroAddress);
      await expect(perform(world, form, changeOwner, [keyOf(world, form).address]))
        .to.be.revertedWithCustomError(registry, "IdentityDeactivated")
        .withArgs(identity);
      expect(await registry.authority(identity, owner)).to.deep.equal([0n, 0n]);
    });
  });
}

/** The first nonce on a chain, worked out as a client would check it. */
function nonceBase(chainId: bigint, registry: string): bigint {
  const hash = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "address"], [chainId, registry]));
  return BigInt.asUintN(256, BigInt(hash) << 40n);
}
