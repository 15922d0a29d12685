import { expect } from "chai";
import { format, resolveConfig } from "prettier";
import { join } from "node:path";
import { cliPage } from "../../scripts/cliPage.ts";
import { ROOT } from "../../scripts/paths.ts";
import { readText } from "./readDocs.ts";

describe("docs/cli.md", () => {
  it("is what `npm run docs:cli` writes", async () => {
    const path = join(ROOT, "docs/cli.md");
    expect(readText("docs/cli.md")).to.equal(
      await format(cliPage(), { ...(await resolveConfig(path)), filepath: path }),
    );
  });
});
