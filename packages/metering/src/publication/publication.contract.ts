import { fromBinary } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { InvoiceRecordSchema } from "@tollgate/proto/invoice-records";
import { UsageRecordSchema } from "@tollgate/proto/usage";
import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import { creditInvoice } from "../invoice/credit-invoice.ts";
import { draftInvoice } from "../invoice/draft-invoice.ts";
import { ACCOUNT, call, deed, november, terms, useInvoicing } from "../invoice/invoicing.contract.ts";
import { batchOf, DAY, type EventInit, HOUR, receivedAt, T0 } from "../usage-store/batches.contract.ts";
import { type OpenDatabase, useStore } from "../usage-store/storing.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { publishedInvoices } from "./invoices.ts";
import { type Publication, publishPage, restartIfShorter } from "./publication.ts";
import { claimPublisher, forgetPublishers, type Publisher, releasePublisher } from "./publisher.ts";
import { publishedRecords } from "./records.ts";

const TOPIC = "records";
const LEASE = { topic: TOPIC, leaseMs: 1_000 };

/** What a topic keeps of what was sent to it: of each key the last value, and all revisions. */
class CompactedTopic {
  readonly messages: TopicMessage[] = [];
  readonly send = async (messages: readonly TopicMessage[]): Promise<void> =>
    void this.messages.push(...messages);

  get records() {
    return this.messages.map(({ key, value }) => ({ key, ...fromBinary(UsageRecordSchema, value) }));
  }

  get last() {
    return new Map(this.records.map((record) => [record.key, record]));
  }

  get units(): number {
    return [...this.last.values()].reduce((sum, { units }) => sum + Number(units), 0);
  }
}

/** Publishes until nothing waits. */
async function publishAll(
  database: Parameters<typeof publishPage>[0],
  publication: Publication,
  by: Publisher,
  { send, nowMs = T0 }: { readonly send: CompactedTopic["send"]; readonly nowMs?: number },
): Promise<void> {
  while ((await publishPage(database, publication, by, { send, nowMs })) !== undefined);
}

function describeRecords(open: OpenDatabase, runs: number): void {
  const on = useStore(open);
  let store: UsageStore;
  let topic: CompactedTopic;
  let seq = 1;
  const records = publishedRecords(TOPIC, () => on.nowMs, 3);

  beforeEach(async () => {
    store = await UsageStore.open(on.database, { nowMs: () => on.nowMs, notesRecords: true });
    topic = new CompactedTopic();
    seq = 1;
  });

  const ingest = async (events: readonly EventInit[], into = store) => {
    await into.ingest(receivedAt([batchOf("node/0/a", seq, events)]));
    seq += events.length;
  };
  const ofKey = (apiKeyId: string, more: EventInit = {}): EventInit => ({
    apiKeyId,
    usagePlanId: "gold",
    ...more,
  });
  const stored = async () => {
    const rows = await on.database.query(
      "SELECT * FROM usage_units ORDER BY account_id, slot_unix_ms, meter, api_key_id",
    );
    return new Map(
      rows.map((row) => [
        [
          row["account_id"],
          row["slot_unix_ms"],
          row["meter"],
          row["api_id"],
          row["stage"],
          row["usage_plan_id"],
          row["api_key_id"],
          row["free_reason"],
        ].join("/"),
        Number(row["units"]),
      ]),
    );
  };
  const published = () => new Map([...topic.last].map(([key, { units }]) => [key, Number(units)]));
  const claim = async (owner = "one"): Promise<Publisher> => {
    const publisher = await claimPublisher(on.database, { ...LEASE, owner, nowMs: on.nowMs });
    if (!publisher) throw new Error("another one publishes");
    return publisher;
  };
  const publish = async (by: Publisher, send = topic.send): Promise<void> =>
    publishAll(on.database, records, by, { send, nowMs: on.nowMs });

  it("are what is stored of each key, once, and again when it has changed", async () => {
    await ingest([ofKey("a"), ofKey("b"), ofKey("a")]);
    const by = await claim();
    await publish(by);
    expect(published()).toEqual(await stored());
    const count = topic.messages.length;
    await publish(by);
    expect(topic.messages).toHaveLength(count);
    await ingest([ofKey("b", { atMs: T0 + HOUR }), ofKey("b")]);
    await publish(by);
    // Calls and bytes of b, in two quarters of an hour.
    expect(topic.messages).toHaveLength(count + 4);
    expect(published()).toEqual(await stored());
    const [record] = topic.records;
    expect(record).toMatchObject({
      key: `000000000000/${T0}/rest.request/usageapi01/prod/gold/a/0`,
      accountId: "000000000000",
      startTimeUnixMs: BigInt(T0),
      meter: "rest.request",
      apiId: "usageapi01",
      stage: "prod",
      usagePlanId: "gold",
      apiKeyId: "a",
      units: 2n,
    });
  });

  it("begin with all there is, in pages, also what was counted before", async () => {
    const before = await UsageStore.open(on.database, { nowMs: () => on.nowMs });
    await ingest(
      Array.from({ length: 10 }, (_, i) => ofKey(`key${i}`)),
      before,
    );
    const by = await claim();
    const sizes: number[] = [];
    await publish(by, async (messages) => {
      sizes.push(messages.length);
      await topic.send(messages);
    });
    expect(sizes).toEqual([3, 3, 3, 3, 3, 3, 2]);
    expect(published()).toEqual(await stored());
  });

  it("are sent again, with a higher revision, by whoever takes over from one that died", async () => {
    await publish(await claim());
    await ingest([ofKey("a"), ofKey("b")]);
    const first = await claim();
    const died = publish(first, async (messages) => {
      await topic.send(messages);
      throw new Error("killed");
    });
    await expect(died).rejects.toThrow("killed");
    await ingest([ofKey("a")]);
    on.nowMs += LEASE.leaseMs;
    await publish(await claim("two"));
    expect(published()).toEqual(await stored());
    const revisions = topic.records.map(({ revision }) => Number(revision));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    const of = topic.records.filter(({ apiKeyId, meter }) => apiKeyId === "a" && meter === "rest.request");
    expect(new Set(of.map(({ revision }) => revision)).size).toBe(of.length);
  });

  it("that changed while they were sent are not settled by one that has been replaced meanwhile", async () => {
    await publish(await claim());
    await ingest([ofKey("a")]);
    const slow = publish(await claim(), async () => {
      on.nowMs += LEASE.leaseMs;
      await publish(await claim("two"));
      await ingest([ofKey("a")]);
    });
    await expect(slow).rejects.toThrow("another metering publishes to records now");
    await publish(await claim("two"));
    expect(published()).toEqual(await stored());
  });

  it("that nobody could publish for a day are forgotten, and all of them are gone through", async () => {
    const by = await claim();
    await publish(by);
    await ingest([ofKey("a"), ofKey("b")]);
    expect(await records.waitingSinceUnixMs(on.database)).toBe(T0);
    on.nowMs += DAY + 1;
    const later = await claim();
    await ingest([ofKey("c")]);
    await publish(later);
    expect(published()).toEqual(await stored());
    expect(await on.database.query("SELECT * FROM record_changes")).toEqual([]);
    expect(await records.waitingSinceUnixMs(on.database)).toBeUndefined();
  });

  it("have higher revisions also in a database that was restored from a backup", async () => {
    await ingest([ofKey("a")]);
    const by = await claim();
    await publish(by);
    await on.database.query("UPDATE publishers SET revision = 5");
    on.nowMs += HOUR;
    await ingest([ofKey("a")]);
    await publish(await claim());
    const revisions = topic.records.map(({ revision }) => Number(revision));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });

  it("begin again with all there is after they were not published for a time", async () => {
    await ingest([ofKey("a")]);
    await publish(await claim());
    await forgetPublishers(on.database, ["other"]);
    topic = new CompactedTopic();
    await publish(await claim());
    expect(published()).toEqual(await stored());
  });

  it("begin again with all there is where the topic was created again before it was looked at once", async () => {
    await ingest([ofKey("a")]);
    const by = await claim();
    expect(await restartIfShorter(on.database, records, by, 0)).toBe(false);
    await publish(by);
    topic = new CompactedTopic();
    expect(await restartIfShorter(on.database, records, by, 0)).toBe(true);
    await publish(by);
    expect(published()).toEqual(await stored());
  });

  it("begin again with all there is where the topic was created again, and only there", async () => {
    await ingest([ofKey("a"), ofKey("b")]);
    const by = await claim();
    await publish(by);
    const count = topic.messages.length;
    expect(await restartIfShorter(on.database, records, by, count)).toBe(false);
    expect(await restartIfShorter(on.database, records, by, count)).toBe(false);
    await publish(by);
    expect(topic.messages).toHaveLength(count);
    topic = new CompactedTopic();
    await ingest([ofKey("a")]);
    expect(await restartIfShorter(on.database, records, by, 0)).toBe(true);
    await publish(by);
    expect(published()).toEqual(await stored());
    expect(await restartIfShorter(on.database, records, by, topic.messages.length)).toBe(false);
    on.nowMs += LEASE.leaseMs;
    await claim("two");
    await expect(restartIfShorter(on.database, records, by, 0)).rejects.toThrow("another metering publishes");
  });

  it.each(Array.from({ length: runs }, (_, i) => i + 1))(
    "come to what is stored, whatever is counted, dies and takes over (%i)",
    async (seed) => {
      let state = seed;
      const random = (below: number) => {
        state = (state * 48_271) % 2_147_483_647;
        return state % below;
      };
      let owner = 0;
      for (let step = 0; step < 20; step++) {
        const events = Array.from({ length: 1 + random(4) }, () =>
          ofKey(`key${random(6)}`, { atMs: T0 + random(3) * HOUR }),
        );
        await ingest(events);
        if (random(3) === 0) owner++;
        on.nowMs += LEASE.leaseMs;
        const by = await claim(`owner${owner}`);
        const end = random(3);
        const send = async (messages: readonly TopicMessage[]) => {
          if (end === 0) throw new Error("not sent");
          await topic.send(messages);
          if (end === 1) throw new Error("sent, and not settled");
        };
        await publish(by, send).catch(() => undefined);
      }
      await publish(await claim(`owner${owner}`));
      expect(published()).toEqual(await stored());
      expect(topic.units).toBeGreaterThan(0);
    },
  );
}

function describePublishers(open: OpenDatabase): void {
  const on = useStore(open);
  const claim = (owner: string) => claimPublisher(on.database, { ...LEASE, owner, nowMs: on.nowMs });

  it("are one at a time, and the next one takes over when the lease has ended, or was given up", async () => {
    const claims = await Promise.all(["one", "two", "three"].map(claim));
    expect(claims.filter(Boolean)).toHaveLength(1);
    on.nowMs += LEASE.leaseMs;
    const two = await claim("two");
    expect([await claim("one"), await claim("three")]).toEqual([undefined, undefined]);
    expect((await claim("two"))?.generation).toBe(two?.generation);
    if (two) await releasePublisher(on.database, two);
    expect((await claim("one"))?.generation).toBeGreaterThan(two?.generation ?? 0);
  });

  it("take over from one whose clock was far ahead", async () => {
    await claimPublisher(on.database, { ...LEASE, owner: "ahead", nowMs: on.nowMs + DAY });
    expect(await claim("one")).toBeDefined();
  });
}

function describeInvoiceRecords(open: OpenDatabase): void {
  const on = useInvoicing(open);
  const invoices = publishedInvoices("invoices");

  it("are final invoices and credit notes, and an invoice again when it is credited", async () => {
    const topic = new CompactedTopic();
    const by = await claimPublisher(on.database, {
      topic: "invoices",
      owner: "one",
      leaseMs: 1_000,
      nowMs: T0,
    });
    if (!by) throw new Error("another one publishes");
    const publish = async () => publishAll(on.database, invoices, by, topic);
    const sent = () =>
      topic.messages.map(({ key, value }) => ({ key, ...fromBinary(InvoiceRecordSchema, value) }));
    await on.ingest(call(november.startUnixMs));
    await draftInvoice(on.database, terms("2026-11"), deed);
    await publish();
    expect(sent()).toEqual([]);
    const { document, sha256 } = await on.finalize(terms("2026-11"));
    expect(await invoices.waitingSinceUnixMs(on.database)).toBeDefined();
    await publish();
    expect(await invoices.waitingSinceUnixMs(on.database)).toBeUndefined();
    const credit = {
      ...deed,
      accountId: ACCOUNT,
      number: document.number,
      reason: "an outage",
      reference: "",
    };
    const wanted = [{ line: 4, amount: "4.99" }];
    const note = await creditInvoice(on.database, { ...credit, wanted, issueDate: "2026-12-10" });
    await publish();
    await publish();
    const [final, credited, creditNote] = sent();
    expect(sent()).toHaveLength(3);
    expect(final).toMatchObject({
      key: `${ACCOUNT}/${document.number}`,
      invoice: { number: document.number, total: document.total, credited: "0.00", sha256 },
      linesOmitted: false,
    });
    expect(final?.invoice?.lines.map(({ amount }) => amount)).toEqual(
      document.lines.map(({ amount }) => amount),
    );
    expect(credited).toMatchObject({ key: final?.key, invoice: { credited: note.document.total } });
    expect(credited?.revision).toBeGreaterThan(final?.revision ?? 0n);
    expect(creditNote).toMatchObject({
      key: `${ACCOUNT}/${note.document.number}`,
      invoice: { corrects: document.number, total: note.document.total },
    });
    // The topic was created again.
    await restartIfShorter(on.database, invoices, by, 3);
    expect(await restartIfShorter(on.database, invoices, by, 0)).toBe(true);
    topic.messages.length = 0;
    await publish();
    expect(new Set(sent().map(({ key }) => key))).toEqual(new Set([final?.key, creditNote?.key]));
  });
}

function describeAccounts(open: OpenDatabase): void {
  const on = useInvoicing(open);
  const invoices = publishedInvoices("invoices");

  it("are those of every account, each once", async () => {
    const topic = new CompactedTopic();
    const accounts = ["111111111111", "222222222222", "333333333333"];
    for (const accountId of accounts) {
      await on.ingest(call(november.startUnixMs, { accountId }));
      await on.finalize(terms("2026-11", { accountId }));
    }
    const by = await claimPublisher(on.database, {
      topic: "invoices",
      owner: "one",
      leaseMs: 1_000,
      nowMs: T0,
    });
    if (!by) throw new Error("another one publishes");
    await publishAll(on.database, invoices, by, topic);
    await on.finalize(terms("2026-10", { accountId: "222222222222" }));
    await publishAll(on.database, invoices, by, topic);
    expect(topic.messages.map(({ key }) => key)).toEqual([
      ...accounts.map((accountId) => `${accountId}/INV-2026-000001`),
      "222222222222/INV-2026-000002",
    ]);
    expect(await invoices.waitingSinceUnixMs(on.database)).toBeUndefined();
  });
}

/** describePublication is the contract of what is published on a database; `runs` are those with random deaths. */
export function describePublication(name: string, open: OpenDatabase, runs: number): void {
  describe(`records of ${name}`, () => describeRecords(open, runs));
  describe(`publishers of ${name}`, () => describePublishers(open));
  describe(`invoices of ${name}`, () => describeInvoiceRecords(open));
  describe(`accounts of ${name}`, () => describeAccounts(open));
}
