#!/usr/bin/env node
import { run } from "./run.ts";
import { endQuietly } from "./endQuietly.ts";
import { systemIo } from "./systemIo.ts";

endQuietly();
const exitCode = await run(process.argv.slice(2), systemIo());
process.exitCode ??= exitCode;
