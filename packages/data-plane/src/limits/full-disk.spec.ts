import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { replyToAsks } from "../node/reply-to-asks.ts";
import type { AskReply } from "../worker/protocol.ts";
import { QuotaCounters } from "./quota-counters.ts";
import { QuotaJournal } from "./shared/quota-journal.ts";
import { TokenBuckets } from "./token-buckets.ts";

const logger = createLogger("spec", "silent");
const folder = mkdtempSync(join(tmpdir(), "tollgate-full-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** From now on the file cannot take a row of the counter "full": as on a full disk, the transaction is gone then. */
function fill(file: string, table: string): void {
  const database = new DatabaseSync(file);
  database.exec(
    `CREATE TRIGGER full BEFORE INSERT ON ${table} WHEN NEW.counter = 'full'
     BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`,
  );
  database.close();
}

it("quotas are not leased while their counters cannot be written, and are afterwards", () => {
  const file = join(folder, "limits.db");
  new QuotaCounters(file, logger)[Symbol.dispose]();
  fill(file, "quota");
  using quotas = new QuotaCounters(file, logger);
  const parts = { quotas, buckets: new TokenBuckets(() => 1_000) } as unknown as Parameters<
    typeof replyToAsks
  >[0];
  const allowance = { limit: 3, period: "DAY-1", endsUnixMs: 0, offset: 0 };
  const lease = (counter: string) =>
    ({ kind: "lease", counter, allowance, wanted: 2, needed: 1, returned: 0 }) as const;
  const throttle = { rateLimit: 1, burstLimit: 1 };
  const take = { kind: "take", bucket: "b", throttle, wanted: 1, returned: 0 } as const;
  const ask = (...asks: (ReturnType<typeof lease> | typeof take)[]) => {
    const replies: AskReply[] = [];
    const numbered = asks.map((one, id) => ({ id, ask: one }));
    replyToAsks(parts, numbered, {
      boot: "boot",
      send: (some) => replies.push(...some),
      sendLate: (one) => replies.push(one),
    });
    return replies.map(({ value, error }) => value ?? error);
  };
  expect(ask(lease("a"), take, lease("full"))).toEqual([
    "Error: the quota counters cannot be written",
    { tokens: 1, retryMs: expect.any(Number) as number },
    expect.stringContaining("cannot be written") as string,
  ]);
  // What was not written was not leased.
  expect(ask(lease("a"))).toEqual([{ calls: 2, left: 1 }]);
});

it("the journal of the shared quotas says what it could not keep, and keeps it later", () => {
  const file = join(folder, "shared.db");
  new QuotaJournal(file, 0, logger)[Symbol.dispose]();
  fill(file, "shared_quota");
  using journal = new QuotaJournal(file, 0, logger);
  const entry = (counter: string) => ({
    counter,
    period: "p",
    used: 1,
    epoch: "e",
    endsUnixMs: 1,
    grantUnixMs: 0,
    alone: 0,
    spent: 0,
    life: "n/1",
  });
  expect(journal.keep([entry("a"), entry("full")])).toBe(false);
  expect(journal.read("a", "p")).toBeUndefined();
  expect(journal.keep([entry("a")])).toBe(true);
  expect(journal.read("a", "p")).toMatchObject({ used: 1, epoch: "e" });
});
