import { ACCOUNT, API, DEPLOYMENT, type EventView, REGION, STAGE } from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { MeterSums } from "./meter-sums.ts";
import { inNamedOrder, type Named } from "./named-order.ts";

/** Sums of a quarter of an hour, with the lowest and the highest revision by the place of the meter; 0: it is not known. */
class ServedSums extends MeterSums {
  readonly firstRevisions: number[] = [];
  readonly lastRevisions: number[] = [];

  addServed(meter: MeterSums["meters"][number], units: number, revision: number): void {
    const at = this.add(meter, units);
    const first = this.firstRevisions[at] ?? 0;
    if (first === 0 || (revision > 0 && revision < first)) this.firstRevisions[at] = revision;
    this.lastRevisions[at] = Math.max(this.lastRevisions[at] ?? 0, revision);
  }
}

interface Served extends Named {
  /** By the columns of the key, without quarter of an hour and meter. */
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly freeReason: number;
  readonly region: string;
  readonly deploymentId: string;
  readonly cacheOutcome: number;
  readonly streamed: number;
  readonly authorizerOutcome: number;
  readonly slots: ByTime<ServedSums>;
}

/** The lower of two revisions, of which 0 is unknown. */
const lower = (a: string, b: string): string =>
  `CASE WHEN ${b} = 0 OR (${a} <> 0 AND ${a} < ${b}) THEN ${a} ELSE ${b} END`;

const key = [
  "account_id",
  "slot_unix_ms",
  "meter",
  "api_id",
  "stage",
  "free_reason",
  "region",
  "deployment_id",
  "cache_outcome",
  "streamed",
  "authorizer_outcome",
] as const;

const numbers: ReadonlySet<string> = new Set([
  "slot_unix_ms",
  "free_reason",
  "cache_outcome",
  "streamed",
  "authorizer_outcome",
]);

const table: AddingTable = {
  name: "usage_served_units",
  columns: [
    ...key.map((name) => ({ name, type: numbers.has(name) ? ("BIGINT" as const) : ("TEXT" as const) })),
    { name: "units", type: "BIGINT" },
    { name: "first_revision", type: "BIGINT" },
    { name: "last_revision", type: "BIGINT" },
  ],
  key,
  change: `units = usage_served_units.units + excluded.units,
     first_revision = ${lower("usage_served_units.first_revision", "excluded.first_revision")},
     last_revision = CASE WHEN excluded.last_revision > usage_served_units.last_revision
       THEN excluded.last_revision ELSE usage_served_units.last_revision END`,
};

/**
 * ServedUnits adds up units by how calls were served: region, deployment, cache, streaming and authorizer. Revisions of the config are kept as
 * the lowest and the highest one: a row for each would be one for each change of anything.
 */
export class ServedUnits {
  readonly #served = new Combinations<Served>(9);

  /** add counts the units of an event in a quarter of an hour. */
  add(event: EventView, { meters, units, count }: MeterSums, slotUnixMs: number): void {
    const { key } = this.#served;
    const { texts } = event;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[API] as number;
    key[2] = texts[STAGE] as number;
    key[3] = texts[REGION] as number;
    key[4] = texts[DEPLOYMENT] as number;
    key[5] = event.freeReason;
    key[6] = event.cacheOutcome;
    key[7] = event.authorizerOutcome;
    key[8] = event.streamed ? 1 : 0;
    const found = this.#served.get() ?? this.#served.add(newServed(event));
    const sums = found.slots.at(slotUnixMs, noUnits);
    for (let i = 0; i < count; i++)
      sums.addServed(meters[i] as (typeof meters)[number], units[i] as number, event.configRevision);
  }

  /** save adds the sums to those that are stored. Rows are in one order: others add to the same ones at the same time. */
  async save(session: Session): Promise<void> {
    const rows: (readonly (string | number)[])[] = [];
    for (const one of inNamedOrder(this.#served.values))
      for (const [slotUnixMs, sums] of one.slots.inOrder)
        for (const [meter, at] of sums.inOrder)
          rows.push([
            one.accountId,
            slotUnixMs,
            meter,
            one.apiId,
            one.stage,
            one.freeReason,
            one.region,
            one.deploymentId,
            one.cacheOutcome,
            one.streamed,
            one.authorizerOutcome,
            sums.units[at] as number,
            sums.firstRevisions[at] as number,
            sums.lastRevisions[at] as number,
          ]);
    await session.add(table, rows);
  }
}

const noUnits = () => new ServedSums();

function newServed(event: EventView): Served {
  const { accountId, apiId, stage, freeReason, region, deploymentId, cacheOutcome, authorizerOutcome } =
    event;
  const streamed = event.streamed ? 1 : 0;
  const name = `${accountId}\n${apiId}\n${stage}\n${freeReason}\n${region}\n${deploymentId}\n${cacheOutcome}\n${streamed}\n${authorizerOutcome}`;
  const place = { accountId, apiId, stage, freeReason, region, deploymentId, cacheOutcome, streamed };
  return { name, ...place, authorizerOutcome, slots: new ByTime() };
}
