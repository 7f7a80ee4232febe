import { ACCOUNT, API, type EventView, METHOD, PATH, STAGE } from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { inNamedOrder, type Named } from "./named-order.ts";
import { SUM_COLUMNS } from "./schema.ts";

const HOUR_MS = 3_600_000;
/** An event from so far after the time at which it was received has the time of a wrong clock. */
const EARLY_MS = 300_000;
/** An event from so long before that waited in a spool, or has the time of a wrong clock. */
const LATE_MS = HOUR_MS;

export type Sums = Record<(typeof SUM_COLUMNS)[number], number>;

/** UsageRecord has the sums of the calls of one route in one hour. */
export interface UsageRecord {
  readonly sums: Sums;
  lastReceivedUnixMs: number;
}

const noRecord = (): UsageRecord => ({
  sums: {
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
  },
  lastReceivedUnixMs: 0,
});

interface Route extends Named {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly resourcePath: string;
  readonly hours: ByTime<UsageRecord>;
}

const text = (...names: readonly string[]) => names.map((name) => ({ name, type: "TEXT" as const }));
const whole = (...names: readonly string[]) => names.map((name) => ({ name, type: "BIGINT" as const }));

const table: AddingTable = {
  name: "usage_records",
  columns: [
    ...whole("hour_unix_ms"),
    ...text("account_id", "api_id", "stage", "http_method", "resource_path"),
    ...whole(...SUM_COLUMNS, "last_received_unix_ms"),
  ],
  key: ["account_id", "api_id", "stage", "http_method", "resource_path", "hour_unix_ms"],
  change: `${SUM_COLUMNS.map((column) => `${column} = usage_records.${column} + excluded.${column}`).join(", ")},
     last_received_unix_ms = CASE WHEN excluded.last_received_unix_ms > usage_records.last_received_unix_ms
       THEN excluded.last_received_unix_ms ELSE usage_records.last_received_unix_ms END`,
};

/** Records adds up the calls of routes by the hour of their own time, however far that is from when they were received. */
export class Records {
  readonly #routes = new Combinations<Route>(5);

  /** add counts an event, and returns whether it is a call. */
  add(event: EventView, receivedUnixMs: number): boolean {
    const { endTimeUnixMs } = event;
    const hourUnixMs = Math.floor(endTimeUnixMs / HOUR_MS) * HOUR_MS;
    const record = this.#routeOf(event).hours.at(hourUnixMs, noRecord);
    if (receivedUnixMs > record.lastReceivedUnixMs) record.lastReceivedUnixMs = receivedUnixMs;
    const { sums } = record;
    if (endTimeUnixMs - receivedUnixMs > EARLY_MS) sums.early_count++;
    else if (receivedUnixMs - endTimeUnixMs > LATE_MS) sums.late_count++;
    sums.connection_minutes += event.connectionMinutes;
    if (event.connectionMinutes > 0) return false;
    addCall(sums, event);
    return true;
  }

  #routeOf(event: EventView): Route {
    const { key } = this.#routes;
    const { texts } = event;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[API] as number;
    key[2] = texts[STAGE] as number;
    key[3] = texts[METHOD] as number;
    key[4] = texts[PATH] as number;
    return this.#routes.get() ?? this.#routes.add(newRoute(event));
  }

  /** How many of the events are far from the time at which they were received. */
  get misplaced(): { readonly early: number; readonly late: number } {
    let [early, late] = [0, 0];
    for (const { hours } of this.#routes.values)
      for (const [, { sums }] of hours.inOrder) {
        early += sums.early_count;
        late += sums.late_count;
      }
    return { early, late };
  }

  /** The records, in one order. */
  get rows(): readonly (readonly (string | number)[])[] {
    return inNamedOrder(this.#routes.values).flatMap(
      ({ accountId, apiId, stage, httpMethod, resourcePath, hours }) =>
        hours.inOrder.map(([hourUnixMs, { sums, lastReceivedUnixMs }]) => [
          hourUnixMs,
          accountId,
          apiId,
          stage,
          httpMethod,
          resourcePath,
          ...SUM_COLUMNS.map((column) => sums[column]),
          lastReceivedUnixMs,
        ]),
    );
  }

  /** save adds the sums to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(table, this.rows);
  }
}

function newRoute({ accountId, apiId, stage, httpMethod, resourcePath }: EventView): Route {
  // Only the last part may contain a line break.
  const name = `${accountId}\n${apiId}\n${stage}\n${httpMethod}\n${resourcePath}`;
  return { name, accountId, apiId, stage, httpMethod, resourcePath, hours: new ByTime() };
}

function addCall(sums: Sums, event: EventView): void {
  sums.call_count++;
  sums.message_count += event.messageCount;
  switch (Math.trunc(event.status / 100)) {
    case 2:
      sums.status_2xx++;
      break;
    case 3:
      sums.status_3xx++;
      break;
    case 4:
      sums.status_4xx++;
      break;
    case 5:
      sums.status_5xx++;
      break;
    default:
    // It has no class.
  }
  sums.request_bytes += event.requestBytes;
  sums.response_bytes += event.responseBytes;
  sums.latency_us += event.latencyUs;
  sums.integration_latency_us += event.integrationLatencyUs;
}
