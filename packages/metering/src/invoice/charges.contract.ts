import { expect, it } from "vitest";
import type { GivenTerms } from "@tollgate/billing";
import { ApiKind, FreeReason } from "@tollgate/proto/usage";
import { encodeMeterValues } from "@tollgate/usage-stream";
import { queryKeyUsage } from "../usage/query-key-usage.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { explainLine } from "./explain-line.ts";
import { call, HOUR, november, october, planJson, terms, useInvoicing } from "./invoicing.contract.ts";

const chatPlan = JSON.stringify({
  currency: "EUR",
  versions: [
    {
      from: "2026-01-01",
      prices: [
        { id: "messages", model: "FLAT", meter: "websocket.message", amount: "1" },
        { id: "minutes", model: "FLAT", meter: "websocket.minute", amount: "0.1" },
        { id: "bytes", model: "FLAT", meter: "transfer.byte", amount: "0.001" },
      ],
    },
  ],
});

/** What invoices charge, and how a line is explained. */
export function describeCharges(open: OpenDatabase): void {
  const on = useInvoicing(open);

  it("charge what keys of a subscription used under its plans in its month, and nothing else", async () => {
    await on.ingest(
      call(november.startUnixMs),
      call(november.endUnixMs - 1, { apiKeyId: "ben" }),
      call(november.startUnixMs + HOUR, { responseBytes: 11 * 1024 * 1024 }),
      call(november.startUnixMs - 1),
      call(november.endUnixMs),
      call(november.startUnixMs, { apiKeyId: "other" }),
      call(november.startUnixMs, { usagePlanId: "silver" }),
      call(november.startUnixMs, { accountId: "111111111111" }),
      call(november.startUnixMs, { freeReason: FreeReason.THROTTLED }),
    );
    const { lines, total, tax, net } = await on.preview(terms("2026-11"));
    expect(lines.map(({ id, quantity, amount }) => [id, quantity, amount])).toEqual([
      ["calls", "4", "0.02"],
      ["bytes", `${200 + 11 * 1024 * 1024}`, "149.96"],
      ["base", "0", "9.99"],
    ]);
    expect([net, tax, total]).toEqual(["159.97", "30.39", "190.36"]);
  });

  it("rate a whole account by the units of each kind of API", async () => {
    const at = november.startUnixMs + 24 * HOUR;
    await on.ingest(
      { atMs: at, apiKind: ApiKind.HTTP, requestBytes: 600 * 1024, responseBytes: 1 },
      { atMs: at, apiKind: ApiKind.HTTP },
      { atMs: at, apiKind: ApiKind.WEBSOCKET, messageCount: 3, responseBytes: 0 },
      { atMs: at, apiKind: ApiKind.WEBSOCKET, connectionMinutes: 7, responseBytes: 0 },
      { atMs: at, apiKind: ApiKind.REST, responseBytes: 0 },
      // What is sent by @connections is a message to a client.
      {
        atMs: at,
        apiKind: ApiKind.WEBSOCKET,
        method: "POST",
        path: "@connections",
        messageCount: 1,
        requestBytes: 1_000,
        responseBytes: 2,
      },
    );
    const own = { subscriptionId: "", apiKeyIds: [], usagePlanIds: [], pricePlanJson: "", startAt: "" };
    const { lines, currency } = await on.preview(terms("2026-11", { ...own, timeZone: "" }));
    expect([currency, lines.map(({ meter, quantity }) => [meter, quantity])]).toEqual([
      "USD",
      [
        ["rest.request", "1"],
        ["http.request", "3"],
        ["websocket.message", "4"],
        ["websocket.minute", "7"],
        ["transfer.byte", "1101"],
      ],
    ]);
  });

  it("charge messages and minutes of connections to the keys that opened them, which count nothing else", async () => {
    const at = november.startUnixMs;
    const message = {
      atMs: at,
      apiKind: ApiKind.WEBSOCKET,
      connectionKey: { apiKeyId: "ada", usagePlanId: "gold" },
      responseBytes: 40,
    };
    await on.ingest(
      call(at, { apiKind: ApiKind.WEBSOCKET, method: "CONNECT", responseBytes: 0 }),
      { ...message, messageCount: 3 },
      { ...message, connectionMinutes: 5, responseBytes: 0 },
      { ...message, messageCount: 9, connectionKey: { apiKeyId: "ada", usagePlanId: "silver" } },
      { ...message, messageCount: 9, connectionKey: { apiKeyId: "other", usagePlanId: "gold" } },
      // Sent by a backend to the client of the connection.
      { ...message, method: "POST", path: "@connections", messageCount: 1, requestBytes: 1_000 },
    );
    const { lines } = await on.preview(terms("2026-11", { pricePlanJson: chatPlan }));
    expect(lines.map(({ meter, quantity, amount }) => [meter, quantity, amount])).toEqual([
      ["websocket.message", "4", "4.00"],
      ["websocket.minute", "5", "0.50"],
      ["transfer.byte", "1040", "1.04"],
    ]);
    const { rows } = await queryKeyUsage(on.database, {
      accountId: "",
      usagePlanId: "gold",
      apiKeyId: "ada",
      startTimeUnixMs: 0n,
      endTimeUnixMs: BigInt(november.endUnixMs),
    });
    expect(rows.map(({ callCount }) => callCount)).toEqual([1n]);
  });

  it("charge what responses said was used, by key, and nothing of free calls", async () => {
    const at = november.startUnixMs;
    const used = (units: number) => ({ meterValues: encodeMeterValues([{ meter: "custom.tokens", units }]) });
    await on.ingest(
      call(at, used(1_200)),
      call(at + HOUR, { ...used(801), apiKeyId: "ben" }),
      call(at, { ...used(50), freeReason: FreeReason.DENIED }),
      call(at, { ...used(7), apiKeyId: "other" }),
      call(at, used(2e9)),
      call(at, { meterValues: encodeMeterValues([{ meter: "rest.request", units: 9 }]) }),
    );
    const prices = [{ id: "tokens", model: "PACKAGE", meter: "custom.tokens", size: 1000, amount: "0.02" }];
    const plan = { currency: "EUR", versions: [{ from: "2026-01-01", prices }] };
    const given = terms("2026-11", { pricePlanJson: JSON.stringify(plan) });
    const { lines, total } = await on.preview(given);
    expect([total, lines.map(({ meter, quantity, amount }) => [meter, quantity, amount])]).toEqual([
      "0.06",
      [["custom.tokens", "2001", "0.06"]],
    ]);
    const { usage } = await explainLine(on.database, given, "tokens");
    expect(usage.map(({ apiKeyId, quantity }) => [apiKeyId, quantity])).toEqual([
      ["ada", 1_200n],
      ["ben", 801n],
    ]);
  });

  it.each<[string, Partial<GivenTerms>, RegExp]>([
    ["a month", { month: "2026-13" }, /month: '2026-13' must be a month such as 2026-11/],
    ["a zone", { timeZone: "Nowhere" }, /time_zone: 'Nowhere' is not a time zone of the IANA database/],
    ["a plan", { pricePlanJson: '{"currency":"EURO","versions":[]}' }, /the price plan is wrong/],
    ["a date", { endAt: "2026-02-30" }, /end_at: '2026-02-30' must be a date such as/],
    [
      "an instant",
      { startAt: "2026-11-10T10:07:00Z" },
      /start_at: '2026-11-10T10:07:00Z' must be at minute 00, 15, 30 or 45/,
    ],
    ["a customer", { customerJson: "{" }, /the customer is wrong/],
    ["a customer that is no object", { customerJson: "[]" }, /the customer is wrong/],
    ["a customer's country", { customerJson: '{"address":{"country":"Germany"}}' }, /the customer is wrong/],
    [
      "too many keys",
      { apiKeyIds: Array.from({ length: 1_001 }, (_, i) => `k${i}`) },
      /at most 1000 api_key_ids/,
    ],
    ["keys", { apiKeyIds: [] }, /needs api_key_ids and usage_plan_ids/],
  ])("refuse %s that is wrong", async (_what, more, message) => {
    await expect(on.preview(terms("2026-11", more))).rejects.toThrow(message);
  });

  it("explain a line by the usage that it is made of", async () => {
    const at = november.startUnixMs + HOUR;
    await on.ingest(call(at), call(at + 1), call(at, { apiKeyId: "ben" }), call(at + 2 * HOUR));
    const { lines, usage } = await explainLine(on.database, terms("2026-11"), "calls");
    expect(lines[0]?.steps.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ["INCLUDED", "2"],
      ["UNITS", "2"],
    ]);
    expect(
      usage.map(({ startTimeUnixMs, apiKeyId, quantity }) => [
        Number(startTimeUnixMs) - at,
        apiKeyId,
        quantity,
      ]),
    ).toEqual([
      [0, "ada", 2n],
      [0, "ben", 1n],
      [2 * HOUR, "ada", 1n],
    ]);
    // Late usage that was charged in another currency is no part of the line.
    await on.finalize(terms("2026-10"));
    await on.ingest(...Array.from({ length: 9 }, () => call(october.startUnixMs)));
    const dollars = terms("2026-11", { pricePlanJson: planJson("0.01").replace("EUR", "USD") });
    await expect(on.preview(dollars)).rejects.toThrow(/charged in EUR and has late usage/);
    expect((await explainLine(on.database, dollars, "calls")).usage).toHaveLength(3);
    await expect(explainLine(on.database, terms("2026-11"), "nothing")).rejects.toThrow(
      "2026-11 has no line 'nothing'; it has calls, bytes, minimum, base",
    );
  });

  it("take what is included for each key off its own usage", async () => {
    const at = november.startUnixMs + HOUR;
    const calls = (apiKeyId: string, count: number) =>
      Array.from({ length: count }, (_, i) => call(at + i * HOUR, { apiKeyId }));
    await on.ingest(...calls("ada", 7), ...calls("ben", 2), ...calls("eve", 9));
    const plan = JSON.parse(planJson("0.01")) as { versions: { prices: object[] }[] };
    plan.versions[0]?.prices.splice(0, 1, {
      id: "calls",
      model: "FLAT",
      meter: "rest.request",
      includedPerKey: 3,
      amount: "1.00",
    });
    const given = terms("2026-11", { pricePlanJson: JSON.stringify(plan) });
    expect((await on.preview(given)).lines[0]).toMatchObject({ id: "calls", quantity: "9", amount: "4.00" });
    const { keys } = await explainLine(on.database, given, "calls");
    expect(keys).toEqual([
      { apiKeyId: "ada", quantity: 7n, included: 3n },
      { apiKeyId: "ben", quantity: 2n, included: 2n },
    ]);
    const { document } = await on.finalize(given);
    await on.ingest(call(at, { apiKeyId: "ben" }), call(at, { apiKeyId: "ben" }));
    // Late usage is taken off what its own key has left.
    const later = await on.preview({ ...given, month: "2026-12" });
    expect(later.lines.filter(({ id, forMonth }) => id === "calls" && forMonth === "2026-11")).toMatchObject([
      { amount: "1.00" },
    ]);
    expect(document.lines[0]?.amount).toBe("4.00");
  });
}
