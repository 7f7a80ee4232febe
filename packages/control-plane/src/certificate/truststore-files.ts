import { open } from "node:fs/promises";
import { join, sep } from "node:path";
import { TRUSTSTORE_MAX } from "@tollgate/config";
import type { S3Object, TruststoreText } from "./s3-object.ts";

const isMissing = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

async function isFolder(path: string): Promise<boolean> {
  try {
    await using folder = await open(path);
    return (await folder.stat()).isDirectory();
  } catch {
    return false;
  }
}

/** A file of more than a truststore may have is not read further. */
async function readAtMost(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path);
  const buffer = Buffer.alloc(bytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length > bytes) return buffer.subarray(0, length);
  }
}

/**
 * readTruststoreFile reads an object from a folder that stands for S3: {folder}/{bucket}/{key}. undefined: it has no such bucket. Files have no versions.
 */
export async function readTruststoreFile(
  folder: string,
  { bucket, key, version }: S3Object,
): Promise<TruststoreText | undefined> {
  const root = join(folder, bucket);
  if (/^\.{1,2}$/.test(bucket) || !(await isFolder(root))) return undefined;
  if (version !== undefined)
    return {
      reason: `${bucket} is a folder (TOLLGATE_TRUSTSTORES), which has no versions: leave truststoreVersion out`,
    };
  const path = join(root, key);
  if (!path.startsWith(root + sep) || key.includes("\0"))
    return { reason: "its key leads out of its bucket" };
  try {
    const content = await readAtMost(path, TRUSTSTORE_MAX);
    return content.length > TRUSTSTORE_MAX
      ? { reason: `it has more than ${TRUSTSTORE_MAX} bytes` }
      : { text: content.toString("utf8") };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return {
      reason: isMissing(error)
        ? `the folder of ${bucket} has no such file`
        : `its file cannot be read (${code})`,
    };
  }
}
