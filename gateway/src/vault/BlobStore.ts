import type { Readable } from "node:stream";

/** Where the encrypted bytes lie. Names are hexadecimal digits without prefix; a name is never written twice with other bytes. */
export interface BlobStore {
  /** Returns once the bytes would survive a loss of power. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Rejects with a BytesMissingError if there are none of this name, with a VaultUnavailableError if the store does not answer. */
  get(name: string): Promise<Readable>;
  /** Deleting what is not there is no error. */
  delete(name: string): Promise<void>;
  /** Names of what was written before that time. */
  list(before: Date): AsyncIterable<string>;
  close(): void;
}
