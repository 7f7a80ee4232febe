import { expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { AuditLog, noteWrite } from "./audit-log.ts";
import { startAuditPublisher } from "./audit-publisher.ts";
import type { AuditedCall } from "./audit-record.ts";
import { openEmbeddedAuditStore } from "./embedded-audit-store.ts";

const logger = createLogger("test", "silent");
const ACCOUNT = "000000000000";
const DAY_MS = 24 * 60 * 60_000;

function openLog({ isPublished = false } = {}) {
  const store = openEmbeddedAuditStore({ file: ":memory:" });
  const log = new AuditLog({ store, retentionDays: 30, isPublished, accounts: () => [ACCOUNT], logger });
  return { store, log };
}

const call = (more: Partial<AuditedCall> = {}): AuditedCall => ({
  accountId: ACCOUNT,
  eventSource: "config.tollgate",
  eventName: "Apply",
  userIdentity: {},
  sourceIpAddress: "127.0.0.1",
  userAgent: "",
  region: "us-east-1",
  isReadOnly: false,
  parameters: {},
  requestId: "r",
  ...more,
});

async function records({ store }: ReturnType<typeof openLog>): Promise<Record<string, unknown>[]> {
  const all = await store.range({ from: "log/", to: "log/~", limit: 100, newestFirst: false });
  return all.map(({ value }) => JSON.parse(value) as Record<string, unknown>);
}

it("a call that changes something is in the log before it ends, with an unknown outcome", async () => {
  const opened = openLog();
  const event = opened.log.open();
  await event.begin(call());
  expect(await records(opened)).toMatchObject([{ eventName: "Apply", errorCode: "Unknown" }]);
  await opened.log.within(event, async () =>
    noteWrite(7, [{ entity: "restapis/a", beforeDigest: undefined, afterDigest: "d" }]),
  );
  await event.end(call(), undefined);
  const [record] = await records(opened);
  expect(record).not.toHaveProperty("errorCode");
  expect(record).toMatchObject({ additionalEventData: { revision: 7, changes: [{ entity: "restapis/a" }] } });
});

it("a record has no secret of its call: none that is named so, at any depth, or in a text", async () => {
  const opened = openLog();
  const parameters = {
    name: "stage",
    variables: { dbPassword: "planted", apiKey: "planted", color: "blue" },
    parameters: [{ parameterKey: "user", parameterValue: "planted" }],
    template: '{"name":"token","value":"planted"} <p password="planted"/>',
    certificate: { privateKey: "planted" },
  };
  await opened.log.open().end(call({ parameters }), undefined);
  const [record] = await records(opened);
  expect(JSON.stringify(record)).not.toContain("planted");
  expect(record?.requestParameters).toMatchObject({ name: "stage", variables: { color: "blue" } });
});

it("what a call writes is noted in the record of that call, however many calls run concurrently", async () => {
  const opened = openLog();
  const one = async (i: number) => {
    const event = opened.log.open();
    await opened.log.within(event, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      noteWrite(i, []);
    });
    await event.end(call({ eventName: `call${i}` }), undefined);
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => one(i + 1)));
  for (const record of await records(opened))
    expect(record.eventName).toBe(`call${(record.additionalEventData as { revision: number }).revision}`);
});

it("a call fails if its record cannot be stored", async () => {
  const { store, log } = openLog();
  await store[Symbol.asyncDispose]();
  await expect(log.open().end(call(), undefined)).rejects.toThrow();
});

it("records older than the retention are removed, and no others", async () => {
  const opened = openLog();
  await opened.log.open().end(call(), undefined);
  await opened.log.sweep(Date.now() + 29 * DAY_MS);
  expect(await records(opened)).toHaveLength(1);
  await opened.log.sweep(Date.now() + 31 * DAY_MS);
  expect(await records(opened)).toHaveLength(0);
});

it("records are kept until they are published, and are sent again after a failure", async () => {
  const { log } = openLog({ isPublished: true });
  await log.open().end(call({ eventName: "first" }), undefined);
  const sent: string[] = [];
  const both = Promise.withResolvers<void>();
  let failures = 1;
  const publisher = startAuditPublisher(
    log,
    {
      send: async (messages) => {
        if (failures-- > 0) throw new Error("unreachable");
        sent.push(
          ...messages.map(
            ({ key, value }) => `${key} ${(JSON.parse(value.toString()) as { eventName: string }).eventName}`,
          ),
        );
        if (sent.length === 2) both.resolve();
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    { logger, retryMs: 1 },
  );
  await log.open().end(call({ eventName: "second" }), undefined);
  await both.promise;
  await publisher[Symbol.asyncDispose]();
  expect(sent).toEqual([`${ACCOUNT} first`, `${ACCOUNT} second`]);
  expect(await log.outbox(10)).toEqual([]);
});
