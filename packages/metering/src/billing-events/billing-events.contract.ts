import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AddingTable, Session } from "../usage-store/database.ts";
import { migrate } from "../usage-store/migrate.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { addEvent } from "./add-event.ts";
import { countDeliveries, listNewEvents, routeEvent, settleDelivery, takeDeliveries } from "./deliveries.ts";
import { acceptDeliveries, resendEvents } from "./delivery-acts.ts";
import { forgetEvents, listBillingEvents } from "./events.ts";
import { type Fact, type FactWrite, listFacts, recordFacts } from "./facts.ts";

const ACCOUNT = "000000000000";
const T = 1_700_000_000_000;
const DAY_MS = 86_400_000;

const fact = (more: Partial<Fact> = {}): Fact => ({
  accountId: ACCOUNT,
  fact: "customer/acme",
  value: "CURRENT",
  version: 0,
  ...more,
});
const write = (of: Partial<Fact> = {}, isRemoved = false): FactWrite => ({
  fact: fact(of),
  isRemoved,
  events: [{ type: "customer.updated", subject: "acme", timeUnixMs: T, content: { value: of.value } }],
});
const invoice = (number: string, timeUnixMs = T) => ({
  accountId: ACCOUNT,
  type: "invoice.finalized" as const,
  subject: number,
  timeUnixMs,
  content: { number },
});
const tableOf = (name: string, texts: readonly string[], wholes: readonly string[]): AddingTable => ({
  name,
  columns: [
    ...texts.map((column) => ({ name: column, type: "TEXT" as const })),
    ...wholes.map((column) => ({ name: column, type: "BIGINT" as const })),
  ],
  key: [],
});
const ALL = { accountId: ACCOUNT, typePrefix: "", state: undefined, limit: 10 };

/** describeBillingEvents is the contract of events of billing on a database. */
export function describeBillingEvents(name: string, open: OpenDatabase): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<OpenDatabase>>;
    beforeEach(async () => {
      opened = await open();
      await migrate(opened.database);
    });
    afterEach(async () => {
      await opened.database[Symbol.asyncDispose]();
      await opened.close();
    });

    const take = (nowMs: number, limit = 10) =>
      takeDeliveries(opened.database, { limit, leaseMs: 1_000, nowMs });
    const events = async (more: object = {}) => await listBillingEvents(opened.database, { ...ALL, ...more });
    const eventId = async (): Promise<string> => (await events())[0]?.eventId ?? "";

    it("a fact that several have read is changed, with its event, by the first of them only", async () => {
      const { database } = opened;
      const first = await Promise.all([1, 2, 3].map(() => recordFacts(database, [write()])));
      expect(first.flat().filter(Boolean)).toHaveLength(1);
      expect(await events()).toHaveLength(1);
      const values = ["OVERDUE", "SUSPENDED"];
      const next = await Promise.all(
        values.map((value) => recordFacts(database, [write({ value, version: 1 })])),
      );
      expect(next.flat().filter(Boolean)).toHaveLength(1);
      expect(await events()).toHaveLength(2);
      // What was read before is left as it is; what was read now, in the same request, is written.
      const other = write({ fact: "customer/beta", value: "x" });
      expect(await recordFacts(database, [write({ version: 1 }), other])).toEqual([false, true]);
      expect(await recordFacts(database, [write({ version: 2 }, true)])).toEqual([true]);
      expect(await listFacts(database, { accountId: "", fact: "" }, 10)).toEqual([
        fact({ fact: "customer/beta", value: "x", version: 1 }),
      ]);
    });

    it("facts are listed in pages", async () => {
      const { database } = opened;
      const ids = ["a", "b", "c"];
      await recordFacts(
        database,
        ids.map((id) => write({ fact: id })),
      );
      await recordFacts(database, [write({ accountId: "111111111111", fact: "a" })]);
      const page = async (accountId: string, after: string) =>
        (await listFacts(database, { accountId, fact: after }, 2)).map((one) => one.fact);
      expect(await page("", "")).toEqual(["a", "b"]);
      expect(await page(ACCOUNT, "b")).toEqual(["c", "a"]);
      expect(await page("111111111111", "a")).toEqual([]);
    });

    it("the same deed is the same event, also after a restore from a backup", async () => {
      const { database } = opened;
      await database.transaction((session) => addEvent(session, invoice("INV-1")));
      const before = await eventId();
      await database.transaction((session) => addEvent(session, invoice("INV-1")));
      expect(await events()).toHaveLength(1);
      await database.query("DELETE FROM billing_events");
      await database.transaction((session) => addEvent(session, invoice("INV-1", T + 1)));
      expect(await eventId()).toBe(before);
      expect(before).toMatch(/^evt_[\w-]{24}$/);
    });

    it("an event that its transaction takes back was never there", async () => {
      const { database } = opened;
      const failing = database.transaction(async (session) => {
        await addEvent(session, invoice("INV-1"));
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await events()).toEqual([]);
    });

    it("an event goes where the first says who routes it", async () => {
      const { database } = opened;
      await addEvent(database, invoice("INV-2", T + 1));
      await addEvent(database, invoice("INV-1"));
      const fresh = await listNewEvents(database, 10);
      expect(fresh.map(({ subject }) => subject)).toEqual(["INV-1", "INV-2"]);
      const id = fresh[0]?.eventId ?? "";
      await routeEvent(database, id, ["erp", "erp", "crm"], T);
      await routeEvent(database, id, ["late"], T);
      expect((await listNewEvents(database, 10)).map(({ subject }) => subject)).toEqual(["INV-2"]);
      expect((await take(T)).map(({ target, event }) => `${event.subject} ${target}`).sort()).toEqual([
        "INV-1 crm",
        "INV-1 erp",
      ]);
    });

    it("a delivery is handed to one at a time, and again if nobody says what became of it", async () => {
      const { database } = opened;
      await addEvent(database, invoice("INV-1"));
      const id = await eventId();
      await routeEvent(database, id, ["crm", "erp"], T);
      const taken = (await Promise.all([take(T), take(T), take(T)])).flat();
      expect(taken.map(({ target }) => target).sort()).toEqual(["crm", "erp"]);
      expect(await take(T + 999)).toEqual([]);
      const settle = (target: string, attempts: number, more: object) =>
        settleDelivery(database, {
          eventId: id,
          target,
          attempts,
          state: "DELIVERED",
          timeUnixMs: T,
          problem: "",
          ...more,
        });
      await settle("crm", 1, {});
      expect(await take(T + 1_000)).toMatchObject([{ target: "erp", attempts: 2 }]);
      // Whoever took it first comes too late.
      await settle("erp", 1, {});
      await settle("erp", 2, { state: "DUE", timeUnixMs: T + 5_000, problem: "status 500" });
      expect(await take(T + 4_999)).toEqual([]);
      expect(await take(T + 5_000)).toMatchObject([{ target: "erp", attempts: 3 }]);
      expect(await countDeliveries(database)).toEqual({ DUE: 1, DEAD: 0 });
      await settle("erp", 3, { state: "DEAD", problem: "status 410" });
      expect(await countDeliveries(database)).toEqual({ DUE: 0, DEAD: 1 });
      expect(await take(T + DAY_MS)).toEqual([]);
      expect(await events({ state: "DUE" })).toEqual([]);
      const [dead] = await events({ state: "DEAD" });
      expect(dead?.deliveries).toEqual([
        { target: "crm", state: "DELIVERED", attempts: 1, timeUnixMs: T, problem: "", acts: [] },
        { target: "erp", state: "DEAD", attempts: 3, timeUnixMs: T, problem: "status 410", acts: [] },
      ]);
    });

    /** Events of invoices, with what became of their deliveries. */
    const ended = async (
      numbers: readonly string[],
      targets: Readonly<Record<string, "DELIVERED" | "DEAD">>,
    ) => {
      const { database } = opened;
      for (const number of numbers) await addEvent(database, invoice(number));
      for (const { eventId } of await listNewEvents(database, 10)) {
        await routeEvent(database, eventId, Object.keys(targets), T);
        for (const [target, state] of Object.entries(targets))
          await settleDelivery(database, {
            eventId,
            target,
            attempts: 0,
            state,
            timeUnixMs: T,
            problem: "no",
          });
      }
      const ids = new Map((await events()).map((one) => [one.subject, one.eventId]));
      return numbers.map((number) => ids.get(number) ?? "");
    };
    const states = async () =>
      (await events()).flatMap(({ subject, deliveries }) =>
        deliveries.map(({ target, state }) => `${subject} ${target} ${state}`),
      );
    const of = (more: object) => ({ accountId: ACCOUNT, eventId: "", target: "", ...more });
    const by = (actor: string, reason = "it was read by hand") => ({ actor, reason, nowUnixMs: T + 1 });

    it("an operator sends an event again, or all that was given up for a target", async () => {
      const { database } = opened;
      const [first = "", second = ""] = await ended(["INV-1", "INV-2"], { crm: "DELIVERED", erp: "DEAD" });
      expect(await resendEvents(database, of({ eventId: first, target: "crm" }), by("ada"))).toBe(1);
      expect(await take(T + 1)).toMatchObject([{ target: "crm", attempts: 1, event: { eventId: first } }]);
      expect(await resendEvents(database, of({ target: "erp" }), by("ada"))).toBe(2);
      expect((await take(T + 1)).map(({ event }) => event.eventId).sort()).toEqual([first, second].sort());
      expect(await countDeliveries(database)).toEqual({ DUE: 3, DEAD: 0 });
    });

    it("an operator accepts that events were given up, and who did it and why is kept", async () => {
      const { database } = opened;
      const [first = ""] = await ended(["INV-1", "INV-2"], { crm: "DELIVERED", erp: "DEAD", web: "DEAD" });
      expect(await acceptDeliveries(database, of({ eventId: first, target: "web" }), by("ada"))).toBe(1);
      expect(await acceptDeliveries(database, of({ target: "erp" }), by("bob"))).toBe(2);
      expect((await states()).sort()).toEqual([
        "INV-1 crm DELIVERED",
        "INV-1 erp ACCEPTED",
        "INV-1 web ACCEPTED",
        "INV-2 crm DELIVERED",
        "INV-2 erp ACCEPTED",
        "INV-2 web DEAD",
      ]);
      expect(await countDeliveries(database)).toEqual({ DUE: 0, DEAD: 1 });
      expect(await resendEvents(database, of({ eventId: first, target: "erp" }), by("cyd"))).toBe(1);
      const shown = (await events()).find(({ eventId }) => eventId === first)?.deliveries[1];
      expect(shown).toMatchObject({ target: "erp", state: "DUE" });
      expect(shown?.acts).toEqual([
        { action: "ACCEPTED", actor: "bob", reason: "it was read by hand", timeUnixMs: T + 1 },
        { action: "RESENT", actor: "cyd", reason: "", timeUnixMs: T + 1 },
      ]);
    });

    it("what was given up for a target is accepted some at a time, and others use the database meanwhile", async () => {
      const { database } = opened;
      const numbers = Array.from({ length: 1_700 }, (_, i) => i);
      const idOf = (i: number) => `evt_${String(i).padStart(4, "0")}`;
      await database.add(
        tableOf(
          "billing_events",
          ["event_id", "account_id", "event_type", "subject", "content"],
          ["time_unix_ms", "routed"],
        ),
        numbers.map((i) => [
          idOf(i),
          i % 10 === 9 ? "111111111111" : ACCOUNT,
          "invoice.voided",
          "INV-1",
          "{}",
          T,
          1,
        ]),
      );
      await database.add(
        tableOf(
          "billing_deliveries",
          ["event_id", "target", "state", "problem"],
          ["time_unix_ms", "attempts"],
        ),
        numbers.map((i) => [idOf(i), i % 5 === 0 ? "web" : "erp", "DEAD", "no", T, 9]),
      );
      const dead = async (session: Session = database) => (await countDeliveries(session)).DEAD;
      const seen = new Set<number>();
      let isDone = false;
      const accepting = acceptDeliveries(database, of({ target: "erp" }), by("ada")).finally(() => {
        isDone = true;
      });
      while (!isDone) {
        seen.add(await database.transaction((session) => dead(session)));
        await new Promise(setImmediate);
      }
      expect(await accepting).toBe(1_190);
      // Those of the other target and of the other account are as they were.
      expect(await dead()).toBe(510);
      // PostgreSQL does several transactions at a time: whether one falls between two steps is chance.
      if (database.kind === "sqlite")
        expect([...seen].some((count) => count > 510 && count < 1_700)).toBe(true);
      expect(await resendEvents(database, of({ target: "web" }), by("bob"))).toBe(340);
    });

    it("what cannot be sent again or accepted is refused with what it lacks", async () => {
      const { database } = opened;
      const [id = ""] = await ended(["INV-1"], { crm: "DELIVERED", erp: "DEAD" });
      const resend = (more: object) => resendEvents(database, of(more), by("ada"));
      const accept = (more: object, reason?: string) =>
        acceptDeliveries(database, of(more), by("ada", reason));
      await expect(resend({})).rejects.toThrow("event_id and target are empty");
      await expect(resend({ accountId: "111111111111", eventId: id })).rejects.toThrow(
        `there is no event '${id}' that went to a target`,
      );
      await expect(resend({ target: "crm" })).rejects.toThrow("no event that went to 'crm' was given up");
      await expect(accept({})).rejects.toThrow("event_id and target are empty");
      await expect(accept({ eventId: id }, " ")).rejects.toThrow("reason is missing");
      await expect(accept({ eventId: id }, "a".repeat(1_001))).rejects.toThrow("at most 1000 characters");
      await expect(accept({ eventId: id, target: "crm" })).rejects.toThrow(
        `'${id}' was not given up for 'crm'`,
      );
      await expect(accept({ target: "web" })).rejects.toThrow("no event went to 'web'");
      expect((await states()).sort()).toEqual(["INV-1 crm DELIVERED", "INV-1 erp DEAD"]);
    });

    it("events are listed by type, the latest first", async () => {
      const { database } = opened;
      await addEvent(database, invoice("INV-1"));
      await addEvent(database, invoice("INV-2", T + 1));
      await addEvent(database, { ...invoice("acme", T + 2), type: "customer.created" });
      await addEvent(database, { ...invoice("INV-3"), accountId: "111111111111" });
      const subjects = async (more: object) => (await events(more)).map(({ subject }) => subject);
      expect(await subjects({})).toEqual(["acme", "INV-2", "INV-1"]);
      expect(await subjects({ typePrefix: "invoice." })).toEqual(["INV-2", "INV-1"]);
      expect(await subjects({ typePrefix: "invoice_" })).toEqual([]);
      expect(await subjects({ limit: 1 })).toEqual(["acme"]);
    });

    it("what ended long ago is forgotten, and what somebody waits for is not", async () => {
      const { database } = opened;
      for (const number of ["INV-1", "INV-2", "INV-3"]) await addEvent(database, invoice(number));
      const fresh = await listNewEvents(database, 10);
      const idOf = (subject: string) => fresh.find((one) => one.subject === subject)?.eventId ?? "";
      await routeEvent(database, idOf("INV-1"), ["erp"], T);
      await routeEvent(database, idOf("INV-2"), ["erp"], T);
      await settleDelivery(database, {
        eventId: idOf("INV-1"),
        target: "erp",
        attempts: 0,
        state: "DEAD",
        timeUnixMs: T,
        problem: "",
      });
      await acceptDeliveries(database, of({ target: "erp" }), by("ada"));
      await forgetEvents(database, T + 91 * DAY_MS);
      expect((await events()).map(({ subject }) => subject).sort()).toEqual(["INV-2", "INV-3"]);
      expect(await database.query("SELECT event_id FROM billing_deliveries")).toHaveLength(1);
      expect(await database.query("SELECT event_id FROM billing_delivery_acts")).toEqual([]);
    });

    it("what was given up can be accepted as long as it is counted, however old its event is", async () => {
      const { database } = opened;
      const [id = ""] = await ended(["INV-1"], { erp: "DEAD" });
      const later = (days: number) => ({ ...by("ada"), nowUnixMs: T + days * DAY_MS });
      await resendEvents(database, of({ target: "erp" }), later(80));
      const settled = { eventId: id, target: "erp", attempts: 0, problem: "no", timeUnixMs: T + 83 * DAY_MS };
      await settleDelivery(database, { ...settled, state: "DEAD" });
      await forgetEvents(database, T + 91 * DAY_MS);
      expect(await countDeliveries(database)).toEqual({ DUE: 0, DEAD: 1 });
      expect((await events({ state: "DEAD" })).map(({ subject }) => subject)).toEqual(["INV-1"]);
      expect(await acceptDeliveries(database, of({ target: "erp" }), later(92))).toBe(1);
      expect(await countDeliveries(database)).toEqual({ DUE: 0, DEAD: 0 });
      await forgetEvents(database, T + 183 * DAY_MS);
      expect(await events()).toEqual([]);
      expect(await database.query("SELECT event_id FROM billing_deliveries")).toEqual([]);
    });
  });
}
