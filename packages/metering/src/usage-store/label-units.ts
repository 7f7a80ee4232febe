import { ACCOUNT, CUSTOMER, DOMAIN, type EventView } from "@tollgate/usage-stream";
import { ByTime } from "./by-time.ts";
import { Combinations } from "./combinations.ts";
import type { AddingTable, Session } from "./database.ts";
import { MeterSums } from "./meter-sums.ts";
import { inNamedOrder, type Named } from "./named-order.ts";

/** Label is what usage can be summed by besides: each by itself, and not together with what it is stored by. */
export type Label = "customer" | "domain" | "tag";

/** Numbers of labels in keys. */
const [CUSTOMERS, DOMAINS, TAGS] = [0, 1, 2];

interface Labelled extends Named {
  readonly accountId: string;
  readonly label: Label;
  readonly value: string;
  readonly freeReason: number;
  readonly slots: ByTime<MeterSums>;
}

/** Between the name of a tag and its value. Line breaks in them are for whoever asks: two tags with one value here are one. */
export const TAG_BREAK = "\n";

const table: AddingTable = {
  name: "usage_label_units",
  columns: [
    { name: "account_id", type: "TEXT" },
    { name: "label", type: "TEXT" },
    { name: "slot_unix_ms", type: "BIGINT" },
    { name: "value", type: "TEXT" },
    { name: "meter", type: "TEXT" },
    { name: "free_reason", type: "BIGINT" },
    { name: "units", type: "BIGINT" },
  ],
  key: ["account_id", "label", "slot_unix_ms", "value", "meter", "free_reason"],
  change: "units = usage_label_units.units + excluded.units",
};

const noUnits = () => new MeterSums();

/** LabelUnits adds up units by customer, by domain and by tag. Events that have none cost nothing. */
export class LabelUnits {
  readonly #labelled = new Combinations<Labelled>(5);
  /** Tags with line breaks may be one value in several combinations, and a statement adds to a row once. */
  readonly #byName = new Map<string, Labelled>();

  /** add counts the units of an event in a quarter of an hour. */
  add(event: EventView, metered: MeterSums, slotUnixMs: number): void {
    const { texts, tagTexts } = event;
    const [customer, domain] = [texts[CUSTOMER] as number, texts[DOMAIN] as number];
    if (customer !== 0) this.#add(event, CUSTOMERS, customer, 0, metered, slotUnixMs);
    if (domain !== 0) this.#add(event, DOMAINS, domain, 0, metered, slotUnixMs);
    for (let i = 0; i < tagTexts.length; i += 2)
      this.#add(event, TAGS, tagTexts[i] as number, tagTexts[i + 1] as number, metered, slotUnixMs);
  }

  #add(
    event: EventView,
    label: number | undefined,
    text: number,
    tagValue: number,
    { meters, units }: MeterSums,
    slotUnixMs: number,
  ): void {
    const { key } = this.#labelled;
    key[0] = event.texts[ACCOUNT] as number;
    key[1] = label as number;
    key[2] = text;
    key[3] = tagValue;
    key[4] = event.freeReason;
    const found = this.#labelled.get() ?? this.#labelled.add(this.#labelledOf(event));
    const sums = found.slots.at(slotUnixMs, noUnits);
    for (let i = 0; i < meters.length; i++)
      sums.add(meters[i] as (typeof meters)[number], units[i] as number);
  }

  #labelledOf({ accountId, freeReason, known }: EventView): Labelled {
    const [, number, text, tagValue] = this.#labelled.key;
    const label = (["customer", "domain", "tag"] as const)[number as number] as Label;
    const own = known.valueOf(text as number);
    const value = number === TAGS ? `${own}${TAG_BREAK}${known.valueOf(tagValue as number)}` : own;
    // Only the last part may contain a line break.
    const name = `${accountId}\n${label}\n${freeReason}\n${value}`;
    const found = this.#byName.get(name) ?? {
      name,
      accountId,
      label,
      value,
      freeReason,
      slots: new ByTime(),
    };
    this.#byName.set(name, found);
    return found;
  }

  /** save adds the sums to those that are stored. Rows are in one order: others add to the same ones at the same time. */
  async save(session: Session): Promise<void> {
    const rows: (readonly (string | number)[])[] = [];
    for (const { accountId, label, value, freeReason, slots } of inNamedOrder([...this.#byName.values()]))
      for (const [slotUnixMs, { units, inOrder }] of slots.inOrder)
        for (const [meter, at] of inOrder)
          rows.push([accountId, label, slotUnixMs, value, meter, freeReason, units[at] as number]);
    await session.add(table, rows);
  }
}
