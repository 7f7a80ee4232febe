import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { encodeKey, NO_FACTS } from "@tollgate/usage-stream";
import { Spool, usageEvents } from "./spool.ts";

const key = encodeKey({ accountId: "0", apiId: "a", stage: "s", httpMethod: "GET", resourcePath: "/" });
const facts = { ...NO_FACTS, endTimeUnixMs: 1, status: 200, requestId: "r" };

it("commits what is written although no new file can be opened, and opens one once that is possible", () => {
  const parent = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "spool");
  const reports: unknown[] = [];
  using spool = new Spool({
    events: usageEvents,
    folder,
    worker: 0,
    boot: "ab12",
    segmentBytes: 1,
    allowedBytes: 1_000_000,
    sync: "never",
    report: (error) => reports.push(error),
  });
  const commit = () => {
    spool.add(key, facts);
    spool.commit();
  };
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, "");
  commit();
  spool.roll();
  expect(spool.lastSeq).toBe(1);
  expect(reports).toEqual([expect.any(Error), expect.any(Error)]);
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
  commit();
  expect(reports).toHaveLength(2);
  expect(readdirSync(folder)).toHaveLength(2);
});
