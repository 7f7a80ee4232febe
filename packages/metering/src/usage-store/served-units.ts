import type { UsageEvent } from "@tollgate/proto/usage";
import type { AddingTable, Session } from "./database.ts";
import type { MeteredUnits } from "./units.ts";

interface ServedCount {
  readonly place: readonly (string | number)[];
  units: number;
  firstRevision: number;
  lastRevision: number;
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

const servedUnits: AddingTable = {
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
  readonly #counts = new Map<string, ServedCount>();

  /** add counts the units of an event in a quarter of an hour. */
  add(event: UsageEvent, metered: readonly MeteredUnits[], slotUnixMs: number): void {
    const { accountId, apiId, stage, freeReason, region, deploymentId, cacheOutcome, authorizerOutcome } =
      event;
    const streamed = event.streamed ? 1 : 0;
    const revision = Number(event.configRevision);
    const served = `${slotUnixMs}\n${accountId}\n${apiId}\n${stage}\n${freeReason}\n${region}\n${deploymentId}\n${cacheOutcome}\n${streamed}\n${authorizerOutcome}\n`;
    for (const { meter, units } of metered) {
      const name = served + meter;
      const known = this.#counts.get(name);
      if (known) {
        known.units += units;
        if (revision > known.lastRevision) known.lastRevision = revision;
        if (revision > 0 && (revision < known.firstRevision || known.firstRevision === 0))
          known.firstRevision = revision;
        continue;
      }
      this.#counts.set(name, {
        place: [
          accountId,
          slotUnixMs,
          meter,
          apiId,
          stage,
          freeReason,
          region,
          deploymentId,
          cacheOutcome,
          streamed,
          authorizerOutcome,
        ],
        units,
        firstRevision: revision,
        lastRevision: revision,
      });
    }
  }

  /** save adds the sums to those that are stored. Rows are in one order: others add to the same ones at the same time. */
  async save(session: Session): Promise<void> {
    const counts = [...this.#counts.keys()].sort().map((name) => this.#counts.get(name) as ServedCount);
    await session.add(
      servedUnits,
      counts.map(({ place, units, firstRevision, lastRevision }) => [
        ...place,
        units,
        firstRevision,
        lastRevision,
      ]),
    );
  }
}
