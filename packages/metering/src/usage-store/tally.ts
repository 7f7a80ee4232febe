import type { Meter } from "@tollgate/config";
import type { EventView } from "@tollgate/usage-stream";
import type { Session } from "./database.ts";
import { KeyCalls } from "./key-calls.ts";
import { KeyUnits } from "./key-units.ts";
import { LabelUnits } from "./label-units.ts";
import { MeterSums } from "./meter-sums.ts";
import { Records } from "./records.ts";
import { ServedUnits } from "./served-units.ts";
import { SourceSums } from "./source-sums.ts";
import { type UnitGroup, UnitGroups } from "./unit-groups.ts";
import { addUnitsOf } from "./units.ts";
import { type ReportedMeters, UnitsToReport } from "./units-to-report.ts";

/** Months begin at a quarter of an hour in every time zone. */
export const SLOT_MS = 900_000;

/** NotOfCall is what units that are not those of a call are of. */
export interface NotOfCall {
  readonly source: string;
  readonly event: EventView;
  readonly hourUnixMs: number;
  readonly receivedUnixMs: number;
}

/** Tally adds up events in memory, so that many events need few statements. */
export class Tally {
  readonly records = new Records();
  readonly keyCalls = new KeyCalls();
  readonly keyUnits = new KeyUnits();
  /** The same units by customer, domain and tag. */
  readonly labelUnits = new LabelUnits();
  /** The same units by how calls were served. */
  readonly servedUnits = new ServedUnits();
  /** The same events by their sources. */
  readonly sourceSums = new SourceSums();
  /** The same units by customer, as they are reported to other systems. */
  readonly #toReport: UnitsToReport;
  /** What was not split yet. */
  #groups = new UnitGroups();
  /** Of the event that is counted. */
  readonly #metered = new MeterSums();

  constructor(reported: ReportedMeters = new Map()) {
    this.#toReport = new UnitsToReport(reported);
  }

  /** add counts an event of a source. */
  add(source: string, event: EventView, receivedUnixMs: number): void {
    const metered = this.#metered;
    metered.clear();
    addUnitsOf(event, metered);
    const isCall = this.records.add(event, receivedUnixMs);
    this.sourceSums.add(source, event, metered);
    const group = this.#addUnits(event, metered, event.endTimeUnixMs, receivedUnixMs);
    if (isCall) group.calls++;
  }

  /** addUnits counts units that are not those of a call: as many more or less in an hour. */
  addUnits({ source, event, hourUnixMs, receivedUnixMs }: NotOfCall, meter: Meter, units: number): void {
    const metered = this.#metered;
    metered.clear();
    metered.add(meter, units);
    this.sourceSums.addUnits(source, event.seq, hourUnixMs, metered);
    this.#addUnits(event, metered, hourUnixMs, receivedUnixMs);
  }

  #addUnits(event: EventView, metered: MeterSums, unixMs: number, receivedUnixMs: number): UnitGroup {
    const group = this.#groups.of(event, Math.floor(unixMs / SLOT_MS) * SLOT_MS);
    group.units.addAll(metered);
    this.#toReport.add(event, metered, unixMs, receivedUnixMs);
    return group;
  }

  /** split gives each sum its part of what was added: before, only records and the sums of sources have it. */
  split(): void {
    for (const { event, slotUnixMs, units, calls } of this.#groups.all) {
      if (calls > 0) this.keyCalls.add(event, calls, slotUnixMs);
      if (units.count === 0) continue;
      this.keyUnits.add(event, units, slotUnixMs);
      this.labelUnits.add(event, units, slotUnixMs);
      this.servedUnits.add(event, units, slotUnixMs);
    }
    this.#groups = new UnitGroups();
  }

  /** save adds what was tallied to what is stored. Rows of each table are in one order: others add to the same ones at the same time. */
  async save(session: Session): Promise<void> {
    this.split();
    await this.records.save(session);
    await this.keyCalls.save(session);
    await this.keyUnits.save(session);
    await this.labelUnits.save(session);
    await this.servedUnits.save(session);
    await this.sourceSums.save(session);
    await this.#toReport.save(session);
  }
}
