import type { Meter } from "@tollgate/config";
import { ACCOUNT, CUSTOMER, type EventView, type Texts } from "@tollgate/usage-stream";
import { CombinationSums, Listed } from "./combination-sums.ts";
import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";
import type { MeterSums } from "./meter-sums.ts";

const HOUR_MS = 3_600_000;
/** So long after the end of an hour, most of its usage was received; what comes later is reported with a later hour. */
export const SETTLED_MS = 300_000;

const hourOf = (unixMs: number): number => Math.floor(unixMs / HOUR_MS) * HOUR_MS;

/**
 * windowOf is the hour with which usage is reported: its own, or the one in which it was received, if that is later. It depends on the topic alone, so whoever
 * counts the topic again reports the same.
 */
const windowOf = (hourUnixMs: number, receivedUnixMs: number): number =>
  Math.max(hourUnixMs, hourOf(receivedUnixMs - SETTLED_MS));

/** endOfWindows is before which time windows have ended, once all that was received before a time is counted. */
export const endOfWindows = (countedUntilUnixMs: number): number => hourOf(countedUntilUnixMs - SETTLED_MS);

/** ReportedMeters are meters of accounts, and from which hour on their usage is reported. */
export type ReportedMeters = ReadonlyMap<string, number>;

const nameOf = (accountId: string, meter: string): string => `${accountId} ${meter}`;

/** readReportedMeters reads which usage is reported to other systems. */
export async function readReportedMeters(session: Session): Promise<ReportedMeters> {
  const rows = await session.query("SELECT account_id, meter, from_unix_ms FROM usage_reports");
  return new Map(
    rows.map((row) => [nameOf(String(row["account_id"]), String(row["meter"])), Number(row["from_unix_ms"])]),
  );
}

const table: AddingTable = {
  name: "usage_to_report",
  columns: [
    { name: "account_id", type: "TEXT" },
    { name: "meter", type: "TEXT" },
    { name: "window_unix_ms", type: "BIGINT" },
    { name: "customer_id", type: "TEXT" },
    { name: "hour_unix_ms", type: "BIGINT" },
    { name: "units", type: "BIGINT" },
    { name: "reported", type: "BIGINT" },
  ],
  key: ["account_id", "meter", "window_unix_ms", "customer_id", "hour_unix_ms"],
  change: "units = usage_to_report.units + excluded.units",
};

/** UnitsToReport adds up units of customers as they are reported to other systems. Where nothing is reported, it costs nothing. */
export class UnitsToReport {
  readonly #reported: ReportedMeters;
  readonly #sums = new CombinationSums(5);
  readonly #times = new Listed<number>();
  readonly #meters = new Listed<Meter>();
  #known: Texts | undefined;

  constructor(reported: ReportedMeters) {
    this.#reported = reported;
  }

  /** add counts the units of an event, by its time and by when the broker received it. */
  add(event: EventView, { meters, units, count }: MeterSums, unixMs: number, receivedUnixMs: number): void {
    if (this.#reported.size === 0 || event.freeReason !== 0) return;
    const [account, customer] = [event.texts[ACCOUNT] as number, event.texts[CUSTOMER] as number];
    if (customer === 0) return;
    const hourUnixMs = hourOf(unixMs);
    const { key } = this.#sums;
    key[0] = account;
    key[1] = customer;
    key[2] = this.#times.numberOf(hourUnixMs);
    key[3] = this.#times.numberOf(windowOf(hourUnixMs, receivedUnixMs));
    for (let i = 0; i < count; i++) {
      key[4] = this.#meters.numberOf(meters[i] as Meter);
      this.#sums.add(units[i] as number);
    }
    this.#known = event.known;
  }

  get #rows(): readonly (readonly (string | number)[])[] {
    const text = (number: number): string => (this.#known as Texts).valueOf(number);
    const rows = this.#sums.map((at, units) => {
      const [accountId, meter] = [text(at(0)), this.#meters.valueOf(at(4))];
      const [hourUnixMs, windowUnixMs] = [this.#times.valueOf(at(2)), this.#times.valueOf(at(3))];
      const from = this.#reported.get(nameOf(accountId, meter)) ?? Number.POSITIVE_INFINITY;
      return hourUnixMs < from ? [] : [[accountId, meter, windowUnixMs, text(at(1)), hourUnixMs, units, 0]];
    });
    return rows.flat();
  }

  /** save adds the sums to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(table, inKeyOrder(table, this.#rows));
  }
}
