import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { presetPolicy, termsToFhirConsent } from "@consilium/sdk";
import { zeroAddress, zeroHash } from "viem";
import { deployGoverned, loadFixture, networkHelpers, type Governed } from "../fixtures/consilium.ts";
import { openTerminal, runAs, writeBook, type Person, type Terminal } from "./support/openTerminal.ts";

describe("Consents", () => {
  let suite: Governed;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];
  let file: string;

  before(() => {
    terminal = openTerminal();
    ({ run, done } = runAs(terminal, () => suite, "--yes"));
    file = join(terminal.directory, "signed.json");
  });

  after(() => terminal.close());

  beforeEach(async () => {
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
  });

  const statusOf = async (consent: string): Promise<bigint> => (await suite.consents.consent(consent)).status;

  it("are signed by the patient and sent by anyone, and so is the withdrawal", async () => {
    const { patient } = suite.signers;
    const nonce = await patient.getNonce();
    const { consent, signer } = await done("patient", `consent sign ${file} --preset careOnly --until 365d`);
    expect([signer, await statusOf(consent)]).to.deep.equal([patient.address, 0n]);
    expect(await done("stranger", `consent relay ${file}`)).to.include({ function: "giveBySignature" });
    expect(await statusOf(consent)).to.equal(1n);

    await done("patient", `consent withdraw ${consent} --sign ${file}`);
    expect(await statusOf(consent)).to.equal(1n);
    await done("stranger", `consent relay ${file}`);
    expect(await statusOf(consent)).to.equal(3n);

    await done("patient", `consent withdraw --all --sign ${file}`);
    await done("stranger", `consent relay ${file}`);
    expect(await suite.consents.epochOf(patient.address)).to.equal(1n);
    expect(await patient.getNonce()).to.equal(nonce);
  });

  it("are refused after their deadline, twice, or changed on the way", async () => {
    await done("patient", `consent sign ${file} --preset careOnly --until 365d --deadline 1h`);
    const text = readFileSync(file, "utf8");
    const { data } = JSON.parse(text) as { data: string };
    const changed = `${data.slice(0, -64)}${"5e".repeat(32)}`;
    writeFileSync(file, text.replace(data, changed));
    expect((await run("stranger", `consent relay ${file}`)).code).to.be.oneOf([2, 6]);

    writeFileSync(file, text);
    await done("stranger", `consent relay ${file}`);
    expect((await run("stranger", `consent relay ${file}`)).code).to.equal(6);

    await done("patient", `consent sign ${file} --preset careOnly --until 365d --deadline 1h`);
    await networkHelpers.time.increase(3_601);
    expect((await run("stranger", `consent relay ${file}`)).code).to.equal(6);
  });

  it("that are no signed act are not sent, whatever they are", async () => {
    writeFileSync(file, JSON.stringify({ version: 1, chainId: 20_261, to: zeroAddress, data: "0x12345678" }));
    const { code, json } = await run("stranger", `consent relay ${file}`);
    expect([code, json.error.error]).to.deep.equal([2, "RelayError"]);
  });

  it("are not signed in a dry run", async () => {
    const unsigned = join(terminal.directory, "unsigned.json");
    const json = await done("patient", `consent sign ${unsigned} --preset careOnly --until 365d --dry-run`);
    expect([json.signed, existsSync(unsigned)]).to.deep.equal([false, false]);
  });

  it("are given by a FHIR Consent, which no option may contradict, and told in Chinese", async () => {
    const validFrom = await networkHelpers.time.latest();
    const policy = presetPolicy({ preset: "careOnly", validFrom, validUntil: validFrom + 86_400 });
    const patient = suite.signers.patient.address as `0x${string}`;
    const resource = termsToFhirConsent({ patient, institution: 0, agent: zeroAddress, study: zeroHash, policy });
    const consent = join(terminal.directory, "consent.json");
    writeFileSync(consent, JSON.stringify(resource));

    const contradicted = await run("patient", `consent give --file ${consent} --purpose TREAT`);
    expect([contradicted.code, contradicted.err.includes("--purpose")]).to.deep.equal([2, true]);
    const given = await done("patient", `consent give --file ${consent} --locale zh`);
    expect(BigInt(given.policy)).to.equal(policy);
    expect(given.explanation).to.include("用途：诊疗");
    expect((await done("stranger", `consent explain ${given.consent} --locale zh`)).explanation).to.equal(
      given.explanation,
    );

    writeFileSync(consent, JSON.stringify({ ...resource, status: "draft" }));
    expect((await run("patient", `consent give --file ${consent}`)).code).to.equal(2);
  });
});
