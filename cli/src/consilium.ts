#!/usr/bin/env node
import { run } from "./run.ts";
import { systemIo } from "./systemIo.ts";

process.exitCode = await run(process.argv.slice(2), systemIo());
