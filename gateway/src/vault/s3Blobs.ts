import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { BytesMissingError, VaultError, VaultUnavailableError } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";

/**
 * Keeps bytes in an S3-compatible store. Region, endpoint and credentials come from the usual AWS environment and profile files
 * (AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, …).
 *
 * @param url `s3://bucket/prefix`; of buckets with versions, a deletion leaves the older version: turn versioning off.
 * @throws VaultError if it names no bucket.
 */
export function s3Blobs(url: string): BlobStore {
  const { hostname: Bucket, pathname } = new URL(url);
  if (Bucket === "") {
    throw new VaultError("The vault's store names no bucket.", { mend: "Write it as s3://bucket/prefix." });
  }
  // Other stores than Amazon's seldom know a bucket by host name.
  const client = new S3Client({ forcePathStyle: true });
  const prefix = pathname.replace(/^\/+|\/+$/g, "");
  const keyOf = (name: string): string => (prefix === "" ? name : `${prefix}/${name}`);

  return {
    put: async (name, Body) => {
      await available(() => client.send(new PutObjectCommand({ Bucket, Key: keyOf(name), Body })));
    },
    get: (name) =>
      available(async () => {
        const { Body } = await client
          .send(new GetObjectCommand({ Bucket, Key: keyOf(name) }))
          .catch((error: unknown) => {
            throw error instanceof NoSuchKey ? new BytesMissingError(name) : error;
          });
        return Body as Readable;
      }),
    delete: async (name) => {
      await available(() => client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(name) })));
    },
    async *list(before) {
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: keyOf("") })) {
          for (const { Key, LastModified } of page.Contents ?? []) {
            if (Key !== undefined && LastModified !== undefined && LastModified < before) {
              yield Key.slice(keyOf("").length);
            }
          }
        }
      } catch (error) {
        throw new VaultUnavailableError("store", error);
      }
    },
    close: () => client.destroy(),
  };
}

async function available<result>(work: () => Promise<result>): Promise<result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BytesMissingError ? error : new VaultUnavailableError("store", error);
  }
}
