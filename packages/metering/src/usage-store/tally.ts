import type { Meter } from "@tollgate/config";
import type { UsageEvent } from "@tollgate/proto/usage";
import { LabelUnits } from "./label-units.ts";
import type { SUM_COLUMNS } from "./schema.ts";
import { ServedUnits } from "./served-units.ts";
import { SourceSums } from "./source-sums.ts";
import { type MeteredUnits, unitsOf } from "./units.ts";

const HOUR_MS = 3_600_000;
/** Months begin at a quarter of an hour in every time zone. */
export const SLOT_MS = 900_000;
const DAY_MS = 24 * HOUR_MS;
/** An event from so far after the time at which it was received has the time of a wrong clock. */
const EARLY_MS = 300_000;
/** An event from so long before that waited in a spool, or has the time of a wrong clock. */
const LATE_MS = HOUR_MS;

export type Sums = Record<(typeof SUM_COLUMNS)[number], number>;

/** UsageRecord has the sums of the calls of one route in one hour. */
export interface UsageRecord {
  readonly hourUnixMs: number;
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
  readonly sums: Sums;
  lastReceivedUnixMs: number;
}

/** KeyCount is the number of calls of one API key under one usage plan on one UTC day. */
export interface KeyCount {
  readonly dayUnixMs: number;
  readonly accountId: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  callCount: number;
}

/** UnitCount is how many units of a meter one API key used of one stage in a quarter of an hour. */
export interface UnitCount {
  readonly accountId: string;
  readonly slotUnixMs: number;
  readonly meter: string;
  readonly apiId: string;
  readonly stage: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly freeReason: number;
  units: number;
}

const noSums = (): Sums => ({
  call_count: 0,
  status_2xx: 0,
  status_3xx: 0,
  status_4xx: 0,
  status_5xx: 0,
  request_bytes: 0,
  response_bytes: 0,
  latency_us: 0,
  integration_latency_us: 0,
  early_count: 0,
  late_count: 0,
  message_count: 0,
  connection_minutes: 0,
});

const classColumns: Readonly<Record<number, keyof Sums>> = {
  2: "status_2xx",
  3: "status_3xx",
  4: "status_4xx",
  5: "status_5xx",
};

const inOrder = <T>(named: ReadonlyMap<string, T>): readonly T[] =>
  [...named.keys()].sort().map((name) => named.get(name) as T);

/** Tally adds up events in memory, so that many events need few statements. */
export class Tally {
  readonly #records = new Map<string, UsageRecord>();
  readonly #keyCounts = new Map<string, KeyCount>();
  readonly #unitCounts = new Map<string, UnitCount>();
  /** The same units by customer, domain and tag. */
  readonly labelUnits = new LabelUnits();
  /** The same units by how calls were served. */
  readonly servedUnits = new ServedUnits();
  /** The same events by their sources. */
  readonly sourceSums = new SourceSums();

  /** The records in the order of their keys. */
  get records(): readonly UsageRecord[] {
    return inOrder(this.#records);
  }

  /** The counts in the order of their keys. */
  get keyCounts(): readonly KeyCount[] {
    return inOrder(this.#keyCounts);
  }

  /** The units in the order of their keys. */
  get unitCounts(): readonly UnitCount[] {
    return inOrder(this.#unitCounts);
  }

  /** add counts an event of a source in the hour of its own time, however far that is from when it was received. */
  add(source: string, event: UsageEvent, receivedUnixMs: number): void {
    const endUnixMs = Number(event.endTimeUnixMs);
    const hourUnixMs = Math.floor(endUnixMs / HOUR_MS) * HOUR_MS;
    const record = this.#recordOf(event, hourUnixMs);
    record.lastReceivedUnixMs = Math.max(record.lastReceivedUnixMs, receivedUnixMs);
    const metered = unitsOf(event);
    this.sourceSums.add(source, event, metered);
    this.#addUnits(event, metered, endUnixMs);
    const { sums } = record;
    if (endUnixMs - receivedUnixMs > EARLY_MS) sums.early_count++;
    else if (receivedUnixMs - endUnixMs > LATE_MS) sums.late_count++;
    sums.connection_minutes += Number(event.connectionMinutes);
    if (event.connectionMinutes > 0n) return;
    sums.call_count++;
    sums.message_count += Number(event.messageCount);
    const classColumn = classColumns[Math.trunc(event.status / 100)];
    if (classColumn) sums[classColumn]++;
    sums.request_bytes += Number(event.requestBytes);
    sums.response_bytes += Number(event.responseBytes);
    sums.latency_us += Number(event.latencyUs);
    sums.integration_latency_us += Number(event.integrationLatencyUs);
    if (event.usagePlanId !== "") this.#keyCountOf(event, hourUnixMs).callCount++;
  }

  #recordOf(event: UsageEvent, hourUnixMs: number): UsageRecord {
    const { accountId, apiId, stage, httpMethod, resourcePath } = event;
    // Only the last part may contain a line break.
    const name = `${hourUnixMs}\n${accountId}\n${apiId}\n${stage}\n${httpMethod}\n${resourcePath}`;
    let record = this.#records.get(name);
    if (!record) {
      record = {
        hourUnixMs,
        accountId,
        apiId,
        stage,
        httpMethod,
        resourcePath,
        sums: noSums(),
        lastReceivedUnixMs: 0,
      };
      this.#records.set(name, record);
    }
    return record;
  }

  /** addUnits counts units that are not those of a call: as many more or less in an hour. */
  addUnits(source: string, event: UsageEvent, hourUnixMs: number, meter: Meter, units: number): void {
    const metered = [{ meter, units }];
    this.sourceSums.addUnits(source, Number(event.seq), hourUnixMs, metered);
    this.#addUnits(event, metered, hourUnixMs);
  }

  #addUnits(event: UsageEvent, metered: readonly MeteredUnits[], endUnixMs: number): void {
    const { accountId, apiId, stage, freeReason } = event;
    // What a connection uses is charged to the key that it was opened with, and counts for no quota.
    const usagePlanId = event.usagePlanId || event.connectionUsagePlanId;
    const apiKeyId = event.apiKeyId || event.connectionApiKeyId;
    const slotUnixMs = Math.floor(endUnixMs / SLOT_MS) * SLOT_MS;
    this.labelUnits.add(event, metered, slotUnixMs);
    this.servedUnits.add(event, metered, slotUnixMs);
    const place = `${slotUnixMs}\n${accountId}\n${apiId}\n${stage}\n${usagePlanId}\n${apiKeyId}\n${freeReason}\n`;
    for (const { meter, units } of metered) {
      const name = place + meter;
      const known = this.#unitCounts.get(name);
      if (known) known.units += units;
      else
        this.#unitCounts.set(name, {
          accountId,
          slotUnixMs,
          meter,
          apiId,
          stage,
          usagePlanId,
          apiKeyId,
          freeReason,
          units,
        });
    }
  }

  #keyCountOf({ accountId, usagePlanId, apiKeyId }: UsageEvent, hourUnixMs: number): KeyCount {
    const dayUnixMs = Math.floor(hourUnixMs / DAY_MS) * DAY_MS;
    const name = `${dayUnixMs}\n${accountId}\n${usagePlanId}\n${apiKeyId}`;
    let keyCount = this.#keyCounts.get(name);
    if (!keyCount) {
      keyCount = { dayUnixMs, accountId, usagePlanId, apiKeyId, callCount: 0 };
      this.#keyCounts.set(name, keyCount);
    }
    return keyCount;
  }
}
