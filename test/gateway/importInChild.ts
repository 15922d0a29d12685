import { readMasterKey } from "../../gateway/src/vault/MasterKey.ts";
import { openVault } from "../../gateway/src/vault/Vault.ts";
import { importRecords } from "../../gateway/src/import/importRecords.ts";

/**
 * Imports in a process of its own, which kills itself: in the file of that number, so many milliseconds after so many of its chunks.
 * That it does so itself leaves nothing to how busy the machine is.
 */
const [database, blobs, keyFile, path, file, chunks, delay] = process.argv.slice(2);
const vault = await openVault({ database: database!, blobs: blobs!, masterKey: await readMasterKey(keyFile!) });
let left = Number(chunks);
await importRecords({
  vault,
  path: path!,
  retentionUntil: 0,
  chunkSize: 16,
  onProgress: ({ filesDone }) => {
    if (filesDone === Number(file) && --left === 0)
      setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(delay));
  },
});
await vault.close();
