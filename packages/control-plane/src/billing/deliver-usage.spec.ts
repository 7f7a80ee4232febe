import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, type Kind, kinds, nameOf, USAGE_REPORTED } from "@tollgate/config";
import type { UpstreamRequest } from "@tollgate/pipeline";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { MemoryBilling } from "./billing-records.fixture.ts";
import { EventDelivery } from "./deliver-events.ts";

const ACCOUNT = "000000000000";
const HOUR_MS = 3_600_000;
const START = Date.parse("2026-11-29T10:00:00Z");
const NOW = START + HOUR_MS + 300_000;
const SECRET = "sk_test_0123456789";
const logger = { warn() {}, error() {} } as never;
const METERS = [
  { meter: "rest.request", name: "api_calls" },
  { meter: "custom.tokens", name: "tokens" },
];

interface Response {
  readonly status: number;
  readonly body?: object;
}

const headersOf = ({ headers }: UpstreamRequest): ReadonlyMap<string, string> =>
  new Map(
    headers.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), headers[i + 1] ?? ""] as const] : [])),
  );
const invalid = (message: string, code?: string): Response => ({
  status: 400,
  body: { error: { type: "invalid_request_error", message, code } },
});

/** StripeMeters takes meter events as its reference describes it (Stripe: Create a billing meter event), and sums them by customer. */
class StripeMeters {
  readonly sums = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  nowMs = NOW;

  respond(request: UpstreamRequest): Response {
    const headers = headersOf(request);
    if (headers.get("authorization") !== `Bearer ${SECRET}`) return { status: 401 };
    if (`${request.method} ${request.path}` !== "POST /v1/billing/meter_events") return { status: 404 };
    if (headers.get("content-type") !== "application/x-www-form-urlencoded") return invalid("not a form");
    const form = new URLSearchParams(String(request.body));
    const of = (name: string) => form.get(name) ?? "";
    const [timestamp, identifier, subject] = [
      of("timestamp"),
      of("identifier"),
      of("payload[stripe_customer_id]"),
    ];
    const ageMs = this.nowMs - Number(timestamp) * 1_000;
    if (!/^\d{10}$/.test(timestamp) || ageMs > 35 * 24 * HOUR_MS || ageMs < -300_000)
      return invalid("timestamp");
    if (identifier === "" || identifier.length > 100) return invalid("identifier");
    if (!/^cus_\w+$/.test(subject)) return invalid("no such customer");
    if (!/^\d+$/.test(of("payload[value]"))) return invalid("value");
    if (this.nowMs - (this.#seen.get(identifier) ?? 0) < 24 * HOUR_MS)
      return invalid(`An event already exists with identifier ${identifier}.`, "duplicate_meter_event");
    this.#seen.set(identifier, this.nowMs);
    const name = `${subject} ${of("event_name")}`;
    this.sums.set(name, (this.sums.get(name) ?? 0) + Number(of("payload[value]")));
    return { status: 200, body: { object: "billing.meter_event", identifier } };
  }
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: { readonly value: number };
}

/** OpenMeterEvents takes batches of CloudEvents (CloudEvents 1.0: JSON batch format), each once by source and id, and refuses a batch with a wrong one. */
class OpenMeterEvents {
  readonly sums = new Map<string, number>();
  readonly batches: number[] = [];
  readonly #seen = new Set<string>();

  respond(request: UpstreamRequest): Response {
    const headers = headersOf(request);
    if (headers.get("authorization") !== `Bearer ${SECRET}`) return { status: 401 };
    if (`${request.method} ${request.path}` !== "POST /base/api/v1/events") return { status: 404 };
    if (headers.get("content-type") !== "application/cloudevents-batch+json") return { status: 415 };
    const events = JSON.parse(String(request.body)) as readonly CloudEvent[];
    const isWrong = events.some(
      ({ specversion, id, source, type, subject, time }) =>
        specversion !== "1.0" ||
        [id, source, type, subject].includes("") ||
        subject === "refused" ||
        Number.isNaN(Date.parse(time)),
    );
    if (isWrong) return { status: 400 };
    this.batches.push(events.length);
    for (const { id, source, type, subject, data } of events) {
      if (this.#seen.has(`${source} ${id}`)) continue;
      this.#seen.add(`${source} ${id}`);
      const name = `${subject} ${type}`;
      this.sums.set(name, (this.sums.get(name) ?? 0) + data.value);
    }
    return { status: 204 };
  }
}

let account: AccountState;
let records: MemoryBilling;
let sent: UpstreamRequest[];
let respond: (request: UpstreamRequest) => Response | "timeout";

const put = (kind: Kind, id: string, spec: object) =>
  account.set(draftEntity({ kind, apiId: "", id, labels: {}, spec: kinds[kind].spec.parse(spec) } as Entity));
const customer = (id: string, tags: Record<string, string> = {}) =>
  put("Customer", id, { name: id, apiKeyIds: ["key"], tags });
const use = (customerId: string, units: number, more: object = {}) =>
  records.add({
    accountId: ACCOUNT,
    type: USAGE_REPORTED,
    subject: customerId,
    timeUnixMs: records.nowMs,
    content: JSON.stringify({
      customerId,
      meter: "rest.request",
      start: new Date(START).toISOString(),
      end: new Date(START + HOUR_MS).toISOString(),
      units,
      ...more,
    }),
  });
const delivery = () =>
  new EventDelivery({
    mirror: { account: () => account },
    records,
    upstreams: {
      transport: {
        send(request, handler) {
          sent.push(request);
          queueMicrotask(() => {
            const response = respond(request);
            if (response === "timeout") return handler.onFailure("timeout", new Error("slow"));
            handler.onHead(response.status, "", []);
            if (response.body) handler.onData(Buffer.from(JSON.stringify(response.body)));
            handler.onEnd();
          });
          return { resume() {}, abort() {} };
        },
      },
    },
    mail: { server: undefined, from: undefined, allowsClear: false },
    sendToTopic: undefined,
    ownTopics: new Set(),
    random: () => 0.999,
    nowMs: () => records.nowMs,
    logger,
  });
const state = () =>
  records.deliveries.map(({ event, target, state: of, problem }) =>
    `${event.subject} ${target} ${of} ${problem}`.trim(),
  );

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  records = new MemoryBilling();
  records.nowMs = NOW;
  sent = [];
});

describe("usage of customers", () => {
  it("goes to the sinks of its meter, and to nobody who wants events of billing", async () => {
    respond = () => ({ status: 204 });
    put("UsageSink", "om", { openMeter: { url: "https://om.example.com" }, meters: METERS.slice(1) });
    put("UsageSink", "other", { openMeter: { url: "https://om.example.com" }, meters: METERS.slice(0, 1) });
    put("NotificationTarget", "all", { webhook: { url: "https://erp.example.com" }, events: ["*"] });
    use("acme", 1, { meter: "custom.tokens" });
    await delivery().run();
    expect(state()).toEqual(["acme usage-sink/om DELIVERED"]);
  });

  it("is the secret's only where the sink has one, and the egress policy is asked", async () => {
    respond = () => ({ status: 204 });
    put("UsageSink", "om", { openMeter: { url: "https://om.example.com" }, meters: METERS });
    use("acme", 1);
    await delivery().run();
    expect(headersOf(sent[0] as UpstreamRequest).has("authorization")).toBe(false);
    expect(sent[0]).toMatchObject({ origin: "https://om.example.com", isServiceCall: false });
  });
});

describe("Stripe", () => {
  let stripe: StripeMeters;
  beforeEach(() => {
    stripe = new StripeMeters();
    respond = (request) => stripe.respond(request);
    put("UsageSink", "stripe", { stripe: { secret: SECRET }, customerTag: "stripe", meters: METERS });
    customer("acme", { stripe: "cus_acme" });
  });

  it("gets what each customer used of each meter, in its hour", async () => {
    customer("beta", { stripe: "cus_beta" });
    use("acme", 7);
    use("acme", 900, { meter: "custom.tokens" });
    use("beta", 2);
    use("acme", 3);
    await delivery().run();
    expect(Object.fromEntries(stripe.sums)).toEqual({
      "cus_acme api_calls": 10,
      "cus_acme tokens": 900,
      "cus_beta api_calls": 2,
    });
    expect(sent[0]?.origin).toBe("https://api.stripe.com");
    expect(new URLSearchParams(String(sent[0]?.body)).get("timestamp")).toBe(
      String((START + HOUR_MS) / 1_000 - 1),
    );
  });

  it("counts once what it has, although its response was lost, at every attempt", async () => {
    use("acme", 7);
    respond = (request) => {
      stripe.nowMs = records.nowMs;
      stripe.respond(request);
      return "timeout";
    };
    for (let attempt = 0; attempt < 20 && records.deliveries[0]?.state !== "DEAD"; attempt++) {
      await delivery().run();
      records.nowMs = records.deliveries[0]?.dueUnixMs ?? 0;
    }
    expect(sent).toHaveLength(7);
    expect(Object.fromEntries(stripe.sums)).toEqual({ "cus_acme api_calls": 7 });
  });

  it("that says it has an event already has it", async () => {
    use("acme", 7);
    respond = (request) => {
      stripe.respond(request);
      return { status: 500 };
    };
    await delivery().run();
    expect(state()).toEqual(["acme usage-sink/stripe DUE https://api.stripe.com responded with status 500"]);
    respond = (request) => stripe.respond(request);
    records.nowMs += 6_000;
    await delivery().run();
    expect(state()).toEqual(["acme usage-sink/stripe DELIVERED"]);
    expect(Object.fromEntries(stripe.sums)).toEqual({ "cus_acme api_calls": 7 });
  });

  it.each([
    [
      "of a customer without the tag",
      () => customer("acme"),
      "the Customer 'acme' has no tag 'stripe', which says how it is called there",
    ],
    [
      "of a customer that was deleted",
      () => account.delete(nameOf({ kind: "Customer", apiId: "", id: "acme" })),
      "there is no Customer 'acme' any more, whose tag 'stripe' says how it is called there",
    ],
    [
      "of a sink without a secret",
      () => put("UsageSink", "stripe", { stripe: {}, customerTag: "stripe", meters: METERS }),
      "the sink has no secret: apply it with stripe.secret",
    ],
  ])("is not sent usage %s, which is tried again", async (_what, happens, problem) => {
    use("acme", 7);
    happens();
    await delivery().run();
    expect(state()).toEqual([`acme usage-sink/stripe DUE ${problem}`]);
    expect(sent).toEqual([]);
  });

  it("is not sent usage any more after its sink was deleted", async () => {
    use("acme", 7);
    respond = () => ({ status: 503 });
    await delivery().run();
    account.delete(nameOf({ kind: "UsageSink", apiId: "", id: "stripe" }));
    records.nowMs += 6_000;
    await delivery().run();
    expect(state()).toEqual(["acme usage-sink/stripe DEAD there is no UsageSink 'stripe' any more"]);
  });
});

describe("OpenMeter", () => {
  let openMeter: OpenMeterEvents;
  beforeEach(() => {
    openMeter = new OpenMeterEvents();
    respond = (request) => openMeter.respond(request);
    put("UsageSink", "om", {
      openMeter: { url: "https://om.example.com/base/", secret: SECRET },
      meters: METERS,
    });
  });

  it("gets batches of CloudEvents, of twenty at most", async () => {
    for (let i = 0; i < 45; i++) use(`customer${i % 3}`, i);
    await delivery().run();
    expect(openMeter.batches).toEqual([20, 20, 5]);
    expect(Object.fromEntries(openMeter.sums)).toEqual({
      "customer0 api_calls": 315,
      "customer1 api_calls": 330,
      "customer2 api_calls": 345,
    });
    expect(JSON.parse(String(sent[0]?.body))[0]).toEqual({
      specversion: "1.0",
      id: "evt_1",
      source: "tollgate/000000000000",
      type: "api_calls",
      subject: "customer0",
      time: "2026-11-29T10:59:59.000Z",
      datacontenttype: "application/json",
      data: {
        value: 0,
        meter: "rest.request",
        start: "2026-11-29T10:00:00.000Z",
        end: "2026-11-29T11:00:00.000Z",
      },
    });
  });

  it("gets the others of a batch that it refuses for one of them", async () => {
    for (const id of ["acme", "refused", "beta"]) use(id, 5);
    await delivery().run();
    expect(Object.fromEntries(openMeter.sums)).toEqual({ "acme api_calls": 5, "beta api_calls": 5 });
    expect(state().map((one) => one.split(" ").slice(0, 3).join(" "))).toEqual([
      "acme usage-sink/om DELIVERED",
      "refused usage-sink/om DUE",
      "beta usage-sink/om DELIVERED",
    ]);
  });

  it("counts a batch once that is sent again", async () => {
    for (const id of ["acme", "beta"]) use(id, 5);
    respond = (request) => {
      openMeter.respond(request);
      return { status: 503 };
    };
    await delivery().run();
    respond = (request) => openMeter.respond(request);
    records.nowMs += 6_000;
    await delivery().run();
    expect(Object.fromEntries(openMeter.sums)).toEqual({ "acme api_calls": 5, "beta api_calls": 5 });
    expect(records.deliveries.map((one) => one.state)).toEqual(["DELIVERED", "DELIVERED"]);
  });
});
