import {
  ACCOUNT,
  API,
  CONNECTION_KEY,
  CONNECTION_PLAN,
  type EventView,
  KEY,
  PLAN,
  STAGE,
} from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { MeterSums } from "./meter-sums.ts";
import { inNamedOrder, type Named } from "./named-order.ts";

/** UnitPlace is who used a stage, and whether that is charged. */
export interface UnitPlace extends Named {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly usagePlanId: string;
  readonly apiKeyId: string;
  readonly freeReason: number;
  /** By quarters of an hour. */
  readonly slots: ByTime<MeterSums>;
}

const text = (...names: readonly string[]) => names.map((name) => ({ name, type: "TEXT" as const }));

/** The table of units by key, plan, API and stage. */
export const unitsTable: AddingTable = {
  name: "usage_units",
  columns: [
    ...text("account_id"),
    { name: "slot_unix_ms", type: "BIGINT" },
    ...text("meter", "api_id", "stage", "usage_plan_id", "api_key_id"),
    { name: "free_reason", type: "BIGINT" },
    { name: "units", type: "BIGINT" },
  ],
  key: [
    "account_id",
    "slot_unix_ms",
    "meter",
    "api_id",
    "stage",
    "usage_plan_id",
    "api_key_id",
    "free_reason",
  ],
  change: "units = usage_units.units + excluded.units",
};

const noUnits = () => new MeterSums();

/** KeyUnits adds up units by who used a stage, in quarters of an hour. Invoices are made of them. */
export class KeyUnits {
  readonly #places = new Combinations<UnitPlace>(6);

  get places(): readonly UnitPlace[] {
    return this.#places.values;
  }

  /** add counts units of an event in a quarter of an hour. */
  add(event: EventView, metered: MeterSums, slotUnixMs: number): void {
    const { key } = this.#places;
    const { texts } = event;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[API] as number;
    key[2] = texts[STAGE] as number;
    // What a connection uses is charged to the key that it was opened with, and counts for no quota.
    key[3] = (texts[PLAN] || texts[CONNECTION_PLAN]) as number;
    key[4] = (texts[KEY] || texts[CONNECTION_KEY]) as number;
    key[5] = event.freeReason;
    const place = this.#places.get() ?? this.#places.add(this.#newPlace(event));
    const sums = place.slots.at(slotUnixMs, noUnits);
    for (let i = 0; i < metered.meters.length; i++)
      sums.add(metered.meters[i] as MeterSums["meters"][number], metered.units[i] as number);
  }

  #newPlace({ accountId, apiId, stage, freeReason, known }: EventView): UnitPlace {
    const { key } = this.#places;
    const [usagePlanId, apiKeyId] = [known.valueOf(key[3] as number), known.valueOf(key[4] as number)];
    const name = `${accountId}\n${apiId}\n${stage}\n${usagePlanId}\n${apiKeyId}\n${freeReason}`;
    return { name, accountId, apiId, stage, usagePlanId, apiKeyId, freeReason, slots: new ByTime() };
  }

  /** The units, in one order. */
  get rows(): readonly (readonly (string | number)[])[] {
    const rows: (readonly (string | number)[])[] = [];
    for (const place of inNamedOrder(this.places)) {
      const { accountId, apiId, stage, usagePlanId, apiKeyId, freeReason } = place;
      for (const [slotUnixMs, { units, inOrder }] of place.slots.inOrder)
        for (const [meter, at] of inOrder)
          rows.push([
            accountId,
            slotUnixMs,
            meter,
            apiId,
            stage,
            usagePlanId,
            apiKeyId,
            freeReason,
            units[at] as number,
          ]);
    }
    return rows;
  }

  /** save adds the units to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(unitsTable, this.rows);
  }
}
