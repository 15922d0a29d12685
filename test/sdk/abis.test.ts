import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { artifacts } from "hardhat";
import { abisFile } from "../../scripts/abisFile.ts";
import { ROOT } from "../../scripts/paths.ts";

describe("abis", () => {
  it("are those of the contracts; else run `npm run generate:abis`", async () => {
    expect(readFileSync(join(ROOT, "sdk/src/abis.ts"), "utf8")).to.equal(await abisFile(artifacts));
  });
});
