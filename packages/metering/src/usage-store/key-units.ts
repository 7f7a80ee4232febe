import type { Meter } from "@tollgate/config";
import {
  ACCOUNT,
  API,
  CONNECTION_KEY,
  CONNECTION_PLAN,
  type EventView,
  KEY,
  PLAN,
  STAGE,
  type Texts,
} from "@tollgate/usage-stream";
import { CombinationSums, Listed } from "./combination-sums.ts";
import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";
import type { MeterSums } from "./meter-sums.ts";

/** UnitsRow is a row of usage_units: who used how many units of a meter in a quarter of an hour, and whether that is charged. */
export type UnitsRow = readonly [
  accountId: string,
  slotUnixMs: number,
  meter: Meter,
  apiId: string,
  stage: string,
  usagePlanId: string,
  apiKeyId: string,
  freeReason: number,
  units: number,
];

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

/** KeyUnits adds up units by who used a stage, in quarters of an hour. Invoices are made of them. */
export class KeyUnits {
  readonly #sums = new CombinationSums(8);
  readonly #slots = new Listed<number>();
  readonly #meters = new Listed<Meter>();
  #known: Texts | undefined;
  #rows: readonly UnitsRow[] | undefined;

  /** add counts units of an event in a quarter of an hour. */
  add(event: EventView, { meters, units, count }: MeterSums, slotUnixMs: number): void {
    const { key } = this.#sums;
    const { texts } = event;
    key[0] = texts[ACCOUNT] as number;
    key[1] = texts[API] as number;
    key[2] = texts[STAGE] as number;
    // What a connection uses is charged to the key that it was opened with, and counts for no quota.
    key[3] = (texts[PLAN] || texts[CONNECTION_PLAN]) as number;
    key[4] = (texts[KEY] || texts[CONNECTION_KEY]) as number;
    key[5] = event.freeReason;
    key[6] = this.#slots.numberOf(slotUnixMs);
    for (let i = 0; i < count; i++) {
      key[7] = this.#meters.numberOf(meters[i] as Meter);
      this.#sums.add(units[i] as number);
    }
    this.#known = event.known;
    this.#rows = undefined;
  }

  /** The units, in the order of their keys. */
  get rows(): readonly UnitsRow[] {
    this.#rows ??= inKeyOrder(
      unitsTable,
      this.#sums.map((at, units): UnitsRow => {
        const text = (column: number): string => (this.#known as Texts).valueOf(at(column));
        const [slotUnixMs, meter] = [this.#slots.valueOf(at(6)), this.#meters.valueOf(at(7))];
        return [text(0), slotUnixMs, meter, text(1), text(2), text(3), text(4), at(5), units];
      }),
    );
    return this.#rows;
  }

  /** save adds the units to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(unitsTable, this.rows);
  }
}
