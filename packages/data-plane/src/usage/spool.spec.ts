import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ApiKind, CacheOutcome, Fault, FreeReason } from "@tollgate/proto/usage";
import { encodeKey } from "@tollgate/usage-stream";
import { Spool, usageEvents } from "./spool.ts";

const key = encodeKey({ accountId: "0", apiId: "a", stage: "s", httpMethod: "GET", resourcePath: "/" });
const facts = {
  endTimeUnixMs: 1,
  status: 200,
  latencyUs: 1,
  integrationLatencyUs: 1,
  requestBytes: 1,
  responseBytes: 1,
  requestId: "r",
  apiKeyId: "",
  usagePlanId: "",
  messageCount: 0,
  connectionMinutes: 0,
  connectionKey: undefined,
  apiKind: ApiKind.REST,
  freeReason: FreeReason.UNSPECIFIED,
  metricKey: undefined,
  cacheOutcome: CacheOutcome.UNSPECIFIED,
  fault: Fault.UNSPECIFIED,
  isConnect: false,
};

it("commits what is written although no new file can be opened, and opens one once that is possible", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "tollgate-spool-")), "spool");
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
