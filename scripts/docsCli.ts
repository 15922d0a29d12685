import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { cliPage } from "./cliPage.ts";
import { ROOT } from "./paths.ts";

const path = join(ROOT, "docs/cli.md");
writeFileSync(path, await format(cliPage(), { ...(await resolveConfig(path)), filepath: path }));
