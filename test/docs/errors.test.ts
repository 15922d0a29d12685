import { expect } from "chai";
import { declaredErrors, readText, sectionsOf } from "./readDocs.ts";

describe("docs/errors.md", () => {
  const sections = sectionsOf(readText("docs/errors.md"));
  const headings = sections.map(({ name }) => name);
  const declared = declaredErrors();

  it("is held against contracts, SDK and scripts", () => {
    const names = declared.map(({ name }) => name);
    expect(names).to.include.members(["ConsentEnded", "GrantNotInForce", "ZeroAddress", "BaseError", "ConfigError"]);
  });

  it("explains every error", () => {
    const missing = declared.filter(({ name }) => !headings.includes(name));
    expect(missing).to.deep.equal([]);
  });

  it("explains none that is gone, and none twice", () => {
    const names = new Set(declared.map(({ name }) => name));
    expect(headings.filter((name) => !names.has(name))).to.deep.equal([]);
    expect(headings).to.have.lengthOf(new Set(headings).size);
  });

  it("says of each why it comes and how to mend it", () => {
    const bare = sections.filter(
      ({ text }) => !/^\*\*Why\*\* \S.{15,}/m.test(text) || !/^\*\*Mend\*\* \S.{15,}/m.test(text),
    );
    expect(bare.map(({ name }) => name)).to.deep.equal([]);
  });
});
