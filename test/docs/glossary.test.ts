import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../../scripts/paths.ts";

describe("docs/glossary.md", () => {
  it("tells each term once, in the order of the alphabet", () => {
    const tables = readFileSync(join(ROOT, "docs/glossary.md"), "utf8").split(/^## /m).slice(1);
    expect(tables).to.have.lengthOf(2);
    for (const table of tables) {
      const [head, , ...terms] = [...table.matchAll(/^\| ([^|]*?) *\|/gm)].map(([, term]) => term!.toLowerCase());
      expect(head).to.equal("term");
      expect(terms).to.deep.equal([...new Set(terms)].sort((a, b) => (a < b ? -1 : 1)));
    }
  });
});
