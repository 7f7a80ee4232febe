import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { readSnapshot, restoreSnapshot, writeSnapshot } from "./snapshot-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-snapshot-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = "-----BEGIN PRIVATE KEY-----";
const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
/** More parts than are written in one call. */
const snapshot = {
  version: 7,
  artifacts: Array.from({ length: 700 }, (_, i) => ({
    name: `certificate/${i}`,
    digest: Buffer.alloc(32, i % 256),
    content: Buffer.from(`${SECRET} ${i}`),
  })),
};

async function written(name: string, sealedWith?: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeSnapshot(file, snapshot, sealedWith);
  return file;
}

describe("the last good config on disk", () => {
  it("is sealed with a key: nothing of it can be read in the file, and all of it with the key", async () => {
    const file = await written("sealed", key);
    const text = readFileSync(file, "latin1");
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("certificate/1");
    expect(readSnapshot(file, key)).toEqual(snapshot);
    // Each time otherwise: no two files show that nothing was changed.
    await writeSnapshot(file, snapshot, key);
    expect(readFileSync(file, "latin1")).not.toBe(text);
  });

  it.each([
    ["with another key", other, 0],
    ["where it was changed", key, 1],
  ])("cannot be read %s, and its operator is told", async (_what, openedWith, change) => {
    const file = await written("refused", key);
    const bytes = readFileSync(file);
    bytes[bytes.length - 40] = (bytes.at(-40) ?? 0) ^ change;
    writeFileSync(file, bytes);
    const logger = createLogger("test", "silent");
    const told: unknown[] = [];
    logger.error = (_fields: object, message?: unknown) => void told.push(message);
    expect(restoreSnapshot(file, openedWith, logger)).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/damaged, or sealed with another TOLLGATE_SNAPSHOT_KEY/)]);
  });

  it("that is sealed keeps a node without a key from starting, which would write it unsealed", async () => {
    const file = await written("without");
    const logger = createLogger("test", "silent");
    expect(restoreSnapshot(file, undefined, logger)).toEqual({ snapshot, isClear: true });
    await writeSnapshot(file, snapshot, key);
    expect(() => restoreSnapshot(file, undefined, logger)).toThrow(
      /without is sealed, and TOLLGATE_SNAPSHOT_KEY is not set: set it, or delete the file/,
    );
  });

  it("of a node that had no key is read, and sealed when it is written again", async () => {
    const file = await written("before");
    expect(readFileSync(file, "latin1")).toContain(SECRET);
    expect(readSnapshot(file, key)).toEqual(snapshot);
    await writeSnapshot(file, snapshot, key);
    expect(readFileSync(file, "latin1")).not.toContain(SECRET);
  });

  it("that is not there is no damage", () => {
    const logger = createLogger("test", "silent");
    logger.error = () => expect.fail("something is reported");
    expect(restoreSnapshot(join(folder, "none"), key, logger)).toBeUndefined();
  });
});
