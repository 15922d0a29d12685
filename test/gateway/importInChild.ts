import { importRecords, openVault, readMasterKey } from "@consilium/gateway";

/** Imports in a process of its own, to be killed; a line for each chunk. */
const [database, blobs, keyFile, path] = process.argv.slice(2);
const vault = await openVault({ database: database!, blobs: blobs!, masterKey: await readMasterKey(keyFile!) });
await importRecords({
  vault,
  path: path!,
  retentionUntil: 0,
  chunkSize: 16,
  onProgress: ({ taken }) => console.log(taken),
});
await vault.close();
