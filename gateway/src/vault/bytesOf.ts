import { buffer } from "node:stream/consumers";
import { VaultUnavailableError } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";

/** Bytes of a store, whole. Throws as `BlobStore.get`. */
export async function bytesOf(blobs: BlobStore, name: string): Promise<Buffer> {
  const stream = await blobs.get(name);
  try {
    return await buffer(stream);
  } catch (error) {
    throw new VaultUnavailableError("store", error);
  }
}
