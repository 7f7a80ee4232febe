import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, kinds, nameOf } from "@tollgate/config";
import type { UpstreamRequest } from "@tollgate/pipeline";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { MemoryBilling } from "./billing-records.fixture.ts";
import { EventDelivery } from "./deliver-events.ts";

const ACCOUNT = "000000000000";
const T = Date.parse("2026-11-29T10:15:30Z");
const HOUR_MS = 3_600_000;
const SECRET = "whsec_0123456789abcdef";
const logger = { warn() {}, error() {} } as never;
const HOOK = { webhook: { url: "https://erp.example.com/hook?a=1", secret: SECRET } };

let account: AccountState;
let records: MemoryBilling;
let status: number;
/** The origin that never responds. */
let hangs: string;
let sent: UpstreamRequest[];
let produced: { readonly topic: string; readonly key: string; readonly value: string }[];

const target = (id: string, spec: object) =>
  account.set(
    draftEntity({
      kind: "NotificationTarget",
      apiId: "",
      id,
      labels: {},
      spec: kinds.NotificationTarget.spec.parse(spec),
    } as Entity),
  );
const happen = (type: string, subject: string) =>
  records.add({ accountId: ACCOUNT, type, subject, timeUnixMs: T, content: '{"invoice":{"total":"9.99"}}' });

const delivery = (random = 0) =>
  new EventDelivery({
    mirror: { account: () => account },
    records,
    upstreams: {
      transport: {
        send(request, handler) {
          sent.push(request);
          queueMicrotask(() => {
            if (request.origin === hangs) return handler.onFailure("timeout", new Error("slow"));
            handler.onHead(status, "", []);
            handler.onEnd();
          });
          return { resume() {}, abort() {} };
        },
      },
    },
    mail: { server: undefined, from: undefined, allowsClear: false },
    sendToTopic: async (topic, key, value) => void produced.push({ topic, key, value: value.toString() }),
    ownTopics: new Set(["usage"]),
    random: () => random,
    nowMs: () => records.nowMs,
    logger,
  });
const state = () => records.deliveries.map((one) => `${one.target} ${one.state} ${one.problem}`.trim());
const headerOf = (request: UpstreamRequest | undefined, name: string): string =>
  request?.headers[request.headers.indexOf(name) + 1] ?? "";

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  records = new MemoryBilling();
  records.nowMs = T;
  status = 200;
  hangs = "";
  sent = [];
  produced = [];
});

describe("an event of billing", () => {
  it("goes to whoever wants its type", async () => {
    target("all", { ...HOOK, events: ["*"] });
    target("invoices", { ...HOOK, events: ["invoice.*"] });
    target("one", { ...HOOK, events: ["spend.warning", "customer.suspended"] });
    target("alarms", HOOK);
    happen("invoice.finalized", "INV-1");
    happen("customer.suspended", "acme");
    happen("subscription.created", "s");
    await delivery().run();
    expect(records.deliveries.map((one) => `${one.event.subject} ${one.target}`).sort()).toEqual([
      "INV-1 all",
      "INV-1 invoices",
      "acme all",
      "acme one",
      "s all",
    ]);
    expect(new Set(records.deliveries.map((one) => one.state))).toEqual(new Set(["DELIVERED"]));
  });

  it("is signed with the time, as Stripe signs its own", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    await delivery().run();
    const [request] = sent;
    const body = request?.body?.toString() ?? "";
    expect(request).toMatchObject({
      origin: "https://erp.example.com",
      path: "/hook?a=1",
      method: "POST",
      // The egress policy is asked.
      isServiceCall: false,
    });
    expect(JSON.parse(body)).toEqual({
      id: "evt_1",
      type: "invoice.finalized",
      apiVersion: "1",
      time: "2026-11-29T10:15:30.000Z",
      accountId: ACCOUNT,
      subject: "INV-1",
      data: { invoice: { total: "9.99" } },
    });
    const signed = createHmac("sha256", SECRET)
      .update(`${T / 1_000}.${body}`)
      .digest("hex");
    expect(headerOf(request, "Tollgate-Signature")).toBe(`t=${T / 1_000},v1=${signed}`);
    expect(headerOf(request, "Tollgate-Notification-Id")).toBe("evt_1");
  });

  it("goes to a topic of Kafka, and to no topic of Tollgate's own", async () => {
    target("topic", { kafka: { topic: "billing" }, events: ["*"] });
    target("own", { kafka: { topic: "usage" }, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    await delivery().run();
    expect(produced).toMatchObject([{ topic: "billing", key: `${ACCOUNT}/INV-1` }]);
    expect(state()).toEqual(["topic DELIVERED", "own DUE the topic usage is of Tollgate itself"]);
  });

  it("is sent again later and later, with the same id, and is dead after the last attempt", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    status = 503;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 20 && records.deliveries[0]?.state !== "DEAD"; attempt++) {
      await delivery().run();
      const due = records.deliveries[0]?.dueUnixMs ?? 0;
      if (records.deliveries[0]?.state === "DUE") waits.push((due - records.nowMs) / 1_000);
      records.nowMs = due;
    }
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(sent).toHaveLength(10);
    expect(new Set(sent.map((one) => headerOf(one, "Tollgate-Notification-Id")))).toEqual(new Set(["evt_1"]));
    // Each attempt is signed with its own time: a receiver refuses old ones.
    expect(new Set(sent.map((one) => headerOf(one, "Tollgate-Signature"))).size).toBe(10);
    expect(state()).toEqual(["erp DEAD https://erp.example.com responded with status 503"]);
    records.nowMs += 1_000 * HOUR_MS;
    await delivery().run();
    expect(sent).toHaveLength(10);
  });

  it("is spread over a tenth of its time", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    status = 500;
    await delivery(0.999_9).run();
    expect(records.deliveries[0]?.dueUnixMs).toBe(T + 5_500);
  });

  it.each([
    [
      "that says it is gone for ever",
      () => (status = 410),
      "https://erp.example.com responded with status 410",
    ],
    [
      "that was deleted meanwhile",
      () => account.delete(nameOf({ kind: "NotificationTarget", apiId: "", id: "erp" })),
      "there is no NotificationTarget 'erp' any more",
    ],
  ])("is dead at once for a target %s", async (_what, happens, problem) => {
    target("erp", { ...HOOK, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    status = 500;
    await delivery().run();
    happens();
    records.nowMs += 5_000;
    await delivery().run();
    expect(state()).toEqual([`erp DEAD ${problem}`]);
  });

  it("is sent by another process where the one that took it is gone", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    happen("invoice.finalized", "INV-1");
    await records.route("evt_1", ["erp"]);
    expect(await records.take(10, 60_000)).toHaveLength(1);
    await delivery().run();
    expect(sent).toEqual([]);
    records.nowMs += 60_000;
    await delivery().run();
    expect(state()).toEqual(["erp DELIVERED"]);
  });

  it("that cannot be read is tried again, and keeps no other from being sent", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    records.add({ accountId: ACCOUNT, type: "invoice.voided", subject: "D", timeUnixMs: T, content: "{" });
    happen("invoice.finalized", "INV-1");
    await delivery().run();
    expect(state()).toEqual(["erp DUE it failed by an internal error", "erp DELIVERED"]);
  });

  it("waits once for a target that hangs, however many are for it", async () => {
    target("slow", { ...HOOK, events: ["invoice.*"] });
    target("erp", {
      ...HOOK,
      webhook: { ...HOOK.webhook, url: "https://other.example.com" },
      events: ["customer.*"],
    });
    for (let i = 1; i <= 100; i++) happen("invoice.finalized", `INV-${i}`);
    happen("customer.suspended", "acme");
    hangs = "https://erp.example.com";
    await delivery().run();
    const requests = Object.groupBy(sent, ({ origin }) => origin);
    expect([
      requests["https://erp.example.com"]?.length,
      requests["https://other.example.com"]?.length,
    ]).toEqual([20, 1]);
    // Those that were not sent have failed as the others have, and are sent once it responds.
    expect(new Set(state())).toEqual(
      new Set(["slow DUE https://erp.example.com did not respond in 10 seconds", "erp DELIVERED"]),
    );
    hangs = "";
    records.nowMs += 5_000;
    await delivery().run();
    expect(new Set(state())).toEqual(new Set(["slow DELIVERED", "erp DELIVERED"]));
  });

  it("is not late because many are before it", async () => {
    target("erp", { ...HOOK, events: ["*"] });
    for (let i = 1; i <= 250; i++) happen("invoice.finalized", `INV-${i}`);
    await delivery().run();
    expect(sent).toHaveLength(250);
  });
});
