import type { UsageEvent } from "@tollgate/proto/usage";
import type { AddingTable, Session } from "./database.ts";
import type { MeteredUnits } from "./units.ts";

/** Label is what usage can be summed by besides: each by itself, and not together with what it is stored by. */
export type Label = "customer" | "domain" | "tag";

interface LabelCount {
  readonly accountId: string;
  readonly label: Label;
  readonly slotUnixMs: number;
  readonly value: string;
  readonly meter: string;
  readonly freeReason: number;
  units: number;
}

/** Between the name of a tag and its value: neither has a line break (AWS: tag restrictions). */
export const TAG_BREAK = "\n";

const labelUnits: AddingTable = {
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
  readonly #counts = new Map<string, LabelCount>();

  /** add counts the units of an event in a quarter of an hour. */
  add(event: UsageEvent, metered: readonly MeteredUnits[], slotUnixMs: number): void {
    const { customerId, domainName, tags } = event;
    if (customerId !== "") this.#add("customer", customerId, event, metered, slotUnixMs);
    if (domainName !== "") this.#add("domain", domainName, event, metered, slotUnixMs);
    for (const { key, value } of tags)
      this.#add("tag", `${key}${TAG_BREAK}${value}`, event, metered, slotUnixMs);
  }

  #add(
    label: Label,
    value: string,
    { accountId, freeReason }: UsageEvent,
    metered: readonly MeteredUnits[],
    slotUnixMs: number,
  ): void {
    for (const { meter, units } of metered) {
      // Only the last part may contain a line break.
      const name = `${accountId}\n${label}\n${slotUnixMs}\n${meter}\n${freeReason}\n${value}`;
      const known = this.#counts.get(name);
      if (known) known.units += units;
      else this.#counts.set(name, { accountId, label, slotUnixMs, value, meter, freeReason, units });
    }
  }

  /** save adds the sums to those that are stored. Rows are in one order: others add to the same ones at the same time. */
  async save(session: Session): Promise<void> {
    const counts = [...this.#counts.keys()].sort().map((name) => this.#counts.get(name) as LabelCount);
    await session.add(
      labelUnits,
      counts.map(({ accountId, label, slotUnixMs, value, meter, freeReason, units }) => [
        accountId,
        label,
        slotUnixMs,
        value,
        meter,
        freeReason,
        units,
      ]),
    );
  }
}
