import type { Meter } from "@tollgate/config";
import { ACCOUNT, CUSTOMER, DOMAIN, type EventView, type Texts } from "@tollgate/usage-stream";
import { CombinationSums, Listed } from "./combination-sums.ts";
import type { AddingTable, Session } from "./database.ts";
import { inKeyOrder } from "./key-order.ts";
import type { MeterSums } from "./meter-sums.ts";

/** Label is what usage can be summed by besides: each by itself, and not together with what it is stored by. */
export type Label = "customer" | "domain" | "tag";

/** Labels by their numbers in keys. */
const LABELS: readonly Label[] = ["customer", "domain", "tag"];
const [CUSTOMERS, DOMAINS, TAGS] = [0, 1, 2];

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

/** LabelUnits adds up units by customer, by domain and by tag. Events that have none cost nothing. */
export class LabelUnits {
  readonly #sums = new CombinationSums(7);
  readonly #slots = new Listed<number>();
  readonly #meters = new Listed<Meter>();
  #known: Texts | undefined;

  /** add counts the units of an event in a quarter of an hour. */
  add(event: EventView, metered: MeterSums, slotUnixMs: number): void {
    const { texts, tagTexts } = event;
    const [customer, domain] = [texts[CUSTOMER] as number, texts[DOMAIN] as number];
    if (customer === 0 && domain === 0 && tagTexts.length === 0) return;
    const { key } = this.#sums;
    this.#known = event.known;
    key[0] = texts[ACCOUNT] as number;
    key[1] = event.freeReason;
    key[2] = this.#slots.numberOf(slotUnixMs);
    if (customer !== 0) this.#add(CUSTOMERS, customer, 0, metered);
    if (domain !== 0) this.#add(DOMAINS, domain, 0, metered);
    for (let i = 0; i < tagTexts.length; i += 2)
      this.#add(TAGS, tagTexts[i] as number, tagTexts[i + 1] as number, metered);
  }

  #add(label: number, text: number, tagValue: number, { meters, units, count }: MeterSums): void {
    const { key } = this.#sums;
    key[3] = label;
    key[4] = text;
    key[5] = tagValue;
    for (let i = 0; i < count; i++) {
      key[6] = this.#meters.numberOf(meters[i] as Meter);
      this.#sums.add(units[i] as number);
    }
  }

  /** The units. Tags with line breaks may be one value in several combinations, and a statement adds to a row once. */
  get #rows(): readonly (readonly (string | number)[])[] {
    const text = (number: number): string => (this.#known as Texts).valueOf(number);
    const rows = this.#sums.map((at, units) => {
      const isTag = at(3) === TAGS;
      const value = isTag ? `${text(at(4))}${TAG_BREAK}${text(at(5))}` : text(at(4));
      const row = [
        text(at(0)),
        LABELS[at(3)] as Label,
        this.#slots.valueOf(at(2)),
        value,
        this.#meters.valueOf(at(6)),
        at(1),
        units,
      ];
      return { row, isAmbiguous: isTag && value.indexOf(TAG_BREAK) !== value.lastIndexOf(TAG_BREAK) };
    });
    const sums = new Map<string, (string | number)[]>();
    return rows.flatMap(({ row, isAmbiguous }) => {
      if (!isAmbiguous) return [row];
      const name = JSON.stringify(row.slice(0, -1));
      const known = sums.get(name);
      if (!known) {
        sums.set(name, row);
        return [row];
      }
      known.push(Number(known.pop()) + Number(row.at(-1)));
      return [];
    });
  }

  /** save adds the sums to those that are stored. */
  save(session: Session): Promise<void> {
    return session.add(table, inKeyOrder(table, this.#rows));
  }
}
