import { expect } from "chai";
import { Resolver, type DIDResolutionResult } from "did-resolver";
import { encodeBytes32String, hexlify, toUtf8Bytes, ZeroAddress } from "ethers";
import { getResolver } from "ethr-did-resolver";
import { PUBLIC_KEY_NAME, setupOf, VERI_KEY } from "./acts.ts";
import { DAY, deployPatients, ethers, loadFixture, time, type World } from "./fixtures.ts";
import { signRecovery } from "./signRecovery.ts";

const SIG_AUTH = encodeBytes32String("sigAuth");
const ENCRYPTION_KEY_NAME = encodeBytes32String("did/pub/X25519/enc/hex");
const SERVICE_NAME = encodeBytes32String("did/svc/Messaging");
const KEY = "02" + "5c".repeat(32);
const ENDPOINT = "https://example.org/inbox";

interface Resolved {
  /** The document as of a block, by default the latest. */
  resolve: (block?: number) => Promise<DIDResolutionResult>;
  did: string;
}

/** Resolves `patient`'s DID with the packages as they are published. */
async function resolverOf({ registry, patient }: World): Promise<Resolved> {
  const { chainId } = await ethers.provider.getNetwork();
  const network = `0x${chainId.toString(16)}`;
  // The resolver is typed by ethers' CommonJS build.
  const provider = ethers.provider as never;
  const resolver = new Resolver(getResolver({ chainId, provider, registry: await registry.getAddress() }));
  const did = `did:ethr:${network}:${patient.address}`;
  // Without a version the resolver takes the time from the machine's clock, which is not the chain's.
  const resolve = async (block?: number) =>
    resolver.resolve(`${did}?versionId=${block ?? (await ethers.provider.getBlockNumber())}`);
  return { resolve, did };
}

describe("A patient's DID, resolved by ethr-did-resolver", () => {
  it("is the patient's own while nothing is on record", async () => {
    const world = await loadFixture(deployPatients);
    const { resolve, did } = await resolverOf(world);
    const { didDocument, didDocumentMetadata, didResolutionMetadata } = await resolve();
    const { chainId } = await ethers.provider.getNetwork();

    expect(didResolutionMetadata.error).to.equal(undefined);
    expect(didDocumentMetadata.deactivated).to.equal(undefined);
    expect(didDocument).to.deep.include({
      id: did,
      authentication: [`${did}#controller`],
      assertionMethod: [`${did}#controller`],
      verificationMethod: [
        {
          id: `${did}#controller`,
          type: "EcdsaSecp256k1RecoveryMethod2020",
          controller: did,
          blockchainAccountId: `eip155:${chainId}:${world.patient.address}`,
        },
      ],
    });
  });

  it("shows the new owner after a change, and after a recovery", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient, owner, helpers, relayer, stranger } = world;
    const { resolve } = await resolverOf(world);
    const account = async () => (await resolve()).didDocument!.verificationMethod![0]!.blockchainAccountId;
    const { chainId } = await ethers.provider.getNetwork();

    await registry.connect(patient).changeOwner(patient, owner);
    expect(await account()).to.equal(`eip155:${chainId}:${owner.address}`);

    const setup = setupOf(world);
    await registry.connect(owner).setRecovery(patient, setup);
    const parameters = { identity: patient.address, newOwner: stranger.address, setup, signers: helpers };
    await registry.connect(relayer).startRecovery(...(await signRecovery(registry, parameters)));
    await time.increase(setup.delay);
    expect(await account()).to.equal(`eip155:${chainId}:${owner.address}`);
    await registry.connect(relayer).finishRecovery(patient);
    expect(await account()).to.equal(`eip155:${chainId}:${stranger.address}`);
  });

  it("shows delegates while they are valid, and not once revoked or expired", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient, delegate, stranger } = world;
    const { resolve, did } = await resolverOf(world);
    const { chainId } = await ethers.provider.getNetwork();
    await registry.connect(patient).addDelegate(patient, VERI_KEY, delegate, DAY);
    await registry.connect(patient).addDelegate(patient, VERI_KEY, stranger, 2 * DAY);

    const { didDocument } = await resolve();
    expect(didDocument!.verificationMethod!.slice(1).map((method) => method.blockchainAccountId)).to.deep.equal([
      `eip155:${chainId}:${delegate.address}`,
      `eip155:${chainId}:${stranger.address}`,
    ]);
    expect(didDocument!.assertionMethod).to.deep.equal([`${did}#controller`, `${did}#delegate-1`, `${did}#delegate-2`]);
    expect(didDocument!.authentication).to.deep.equal([`${did}#controller`]);

    await registry.connect(patient).revokeDelegate(patient, VERI_KEY, stranger);
    await ethers.provider.send("evm_mine");
    expect((await resolve()).didDocument!.assertionMethod).to.deep.equal([`${did}#controller`, `${did}#delegate-1`]);

    await time.increase(DAY);
    expect((await resolve()).didDocument!.assertionMethod).to.deep.equal([`${did}#controller`]);
  });

  it("shows keys and services of attributes, and not once revoked", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient } = world;
    const { resolve, did } = await resolverOf(world);
    const signed = registry.connect(patient);
    const service = hexlify(toUtf8Bytes(ENDPOINT));
    await signed.setAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`, DAY);
    await signed.setAttribute(patient, ENCRYPTION_KEY_NAME, `0x${KEY.slice(2)}`, DAY);
    await signed.setAttribute(patient, SERVICE_NAME, service, DAY);

    const { didDocument } = await resolve();
    expect(didDocument!.verificationMethod!.slice(1)).to.deep.equal([
      { id: `${did}#delegate-1`, type: "EcdsaSecp256k1VerificationKey2019", controller: did, publicKeyHex: KEY },
      { id: `${did}#delegate-2`, type: "X25519KeyAgreementKey2019", controller: did, publicKeyHex: KEY.slice(2) },
    ]);
    expect(didDocument!.keyAgreement).to.deep.equal([`${did}#delegate-2`]);
    expect(didDocument!.service).to.deep.equal([
      { id: `${did}#service-1`, type: "Messaging", serviceEndpoint: ENDPOINT },
    ]);

    await signed.revokeAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`);
    await signed.revokeAttribute(patient, SERVICE_NAME, service);
    const after = (await resolve()).didDocument!;
    expect(after.verificationMethod!.slice(1).map(({ id }) => id)).to.deep.equal([`${did}#delegate-2`]);
    expect(after.service).to.equal(undefined);
  });

  it("is not disturbed by the registry's other events, even of the same block", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient, guardian } = world;
    const { resolve, did } = await resolverOf(world);
    const majority = (await time.latest()) + DAY;
    const nonce = await patient.getNonce();
    const gasLimit = 200_000;
    await ethers.provider.send("evm_setAutomine", [false]);
    await registry.connect(patient).setAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`, DAY);
    await registry
      .connect(patient)
      .appointGuardian(patient, guardian, ZeroAddress, majority, majority, { nonce: nonce + 1, gasLimit });
    await registry.connect(patient).addDelegate(patient, SIG_AUTH, guardian, DAY, { nonce: nonce + 2, gasLimit });
    await ethers.provider.send("evm_mine");
    await ethers.provider.send("evm_setAutomine", [true]);
    expect((await ethers.provider.getBlock("latest"))!.transactions).to.have.lengthOf(3);
    expect((await registry.guardianship(patient)).guardian).to.equal(guardian.address);

    const { didDocument } = await resolve();
    expect(didDocument!.authentication).to.deep.equal([`${did}#controller`, `${did}#delegate-2`]);
    expect(didDocument!.assertionMethod).to.deep.equal([`${did}#controller`, `${did}#delegate-1`, `${did}#delegate-2`]);
  });

  it("is empty and marked once deactivated", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient } = world;
    const { resolve, did } = await resolverOf(world);
    await registry.connect(patient).setAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`, DAY);
    await registry.connect(patient).changeOwner(patient, ZeroAddress);

    const { didDocument, didDocumentMetadata, didResolutionMetadata } = await resolve();
    expect(didResolutionMetadata.error).to.equal(undefined);
    expect(didDocumentMetadata.deactivated).to.equal(true);
    expect(didDocument).to.deep.include({ id: did, verificationMethod: [], authentication: [], assertionMethod: [] });
  });

  it("can be read as of an earlier block", async () => {
    const world = await loadFixture(deployPatients);
    const { registry, patient, owner } = world;
    const { resolve, did } = await resolverOf(world);
    await registry.connect(patient).setAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`, DAY);
    const block = await ethers.provider.getBlockNumber();
    await registry.connect(patient).revokeAttribute(patient, PUBLIC_KEY_NAME, `0x${KEY}`);
    await registry.connect(patient).changeOwner(patient, owner);

    const { didDocument, didDocumentMetadata } = await resolve(block);
    expect(didDocumentMetadata).to.include({ versionId: String(block), nextVersionId: String(block + 1) });
    expect(didDocument!.assertionMethod).to.deep.equal([`${did}#controller`, `${did}#delegate-1`]);
    expect(didDocument!.verificationMethod![0]!.blockchainAccountId).to.contain(patient.address);
  });
});
