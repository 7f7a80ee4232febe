import type { Logger } from "@tollgate/telemetry";
import type { MetricReader } from "../metrics/metric-reader.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { alarmsOf, type CompositeAlarm, type ConfiguredAlarm, type MetricAlarm, newRecord } from "./alarm.ts";
import type { AlarmRecord, AlarmRecords, AlarmWrite } from "./alarm-records.ts";
import { type ChangeContext, changeState, type NewState, noteConfig, noteRemoval } from "./change-state.ts";
import { childrenOf, evaluateComposite } from "./composite-alarm.ts";
import { evaluateMetricAlarm, readingOf, seriesOf } from "./metric-alarm.ts";
import { CREATED_REASON } from "./state-reason.ts";

export interface AlarmEvaluatorOptions {
  readonly mirror: Pick<Mirror, "accounts">;
  readonly records: AlarmRecords;
  readonly metrics: Pick<MetricReader, "data">;
  readonly region: string;
  /** Names this process among those that could evaluate. */
  readonly plane: string;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** Values of a minute may arrive so long after its end. */
const ARRIVES_MS = 10_000;
/** A process that is gone is replaced after this time. */
const LEASE_MS = 30_000;
/** The config may be read here before whoever created an alarm has written its state, and after. */
const SETTLED_MS = 60_000;
const HOUR_S = 3_600;
/** Alarms that are read at the same time. */
const AT_ONCE = 4;
/** After so many that failed one after the other, those of the account that are left wait for the next time. */
const FAILED_MAX = 8;
/** The metrics refuse what an alarm asks for, however often it is asked. */
const REFUSED: ReadonlySet<RefusalReason> = new Set(["invalid", "limit"]);

const keyOf = (accountId: string, name: string): string => `${accountId} ${name}`;

/** Alarms over long periods change slowly, and read much. */
const endOf = (nowMs: number, periodS: number): number => {
  const stepS = periodS >= HOUR_S ? 300 : 60;
  return Math.floor((nowMs - ARRIVES_MS) / 1_000 / stepS) * stepS;
};

/** Children come before whoever reads them; there are no cycles. */
function inOrder(composites: readonly CompositeAlarm[]): readonly CompositeAlarm[] {
  const byName = new Map(composites.map((alarm) => [alarm.name, alarm]));
  const ordered = new Set<CompositeAlarm>();
  const open = new Set<string>();
  const visit = (alarm: CompositeAlarm): void => {
    if (ordered.has(alarm) || open.has(alarm.name)) return;
    open.add(alarm.name);
    for (const name of childrenOf(alarm)) {
      const child = byName.get(name);
      if (child) visit(child);
    }
    ordered.add(alarm);
  };
  composites.forEach(visit);
  return [...ordered];
}

/**
 * Runs each, some at the same time, and returns what failed first. What fails keeps the others from running only where one after the other does:
 * what they all need is away then.
 */
async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<unknown> {
  const queue = [...items];
  let failure: unknown;
  let failedInARow = 0;
  const work = async () => {
    while (failedInARow < FAILED_MAX) {
      const item = queue.shift();
      if (item === undefined) return;
      try {
        await run(item);
        failedInARow = 0;
      } catch (error) {
        failure ??= error;
        failedInARow++;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failure;
}

/**
 * AlarmEvaluator decides the states of alarms, of all accounts, in the one control plane that leads. What it decides is written with the version that
 * was read, so that a change is recorded once, with its actions, whoever else may still believe to lead.
 */
export class AlarmEvaluator {
  readonly #options: AlarmEvaluatorOptions;
  /** What was evaluated last: the end of its last period, or the states of its children, and its config. */
  readonly #evaluated = new Map<string, string>();

  constructor(options: AlarmEvaluatorOptions) {
    this.#options = options;
  }

  /** run evaluates what is due, if this process leads; returns whether it does. It throws what failed first, when all others have had their turn. */
  async run(): Promise<boolean> {
    const { records, plane, mirror } = this.#options;
    if (!(await records.lead(plane, LEASE_MS))) return false;
    const stored = Map.groupBy(await records.list(""), ({ accountId }) => accountId);
    const accounts = new Set([...mirror.accounts.keys(), ...stored.keys()]);
    let failure: unknown;
    for (const accountId of accounts) {
      const failed = await this.#account(accountId, stored.get(accountId) ?? []).catch(
        (error: unknown) => error,
      );
      failure ??= failed;
    }
    if (failure !== undefined) throw failure;
    return true;
  }

  /** stop lets another process lead at once. */
  async stop(): Promise<void> {
    await this.#options.records.lead(this.#options.plane, 0);
  }

  /** Returns what failed first; undefined: nothing did. */
  async #account(accountId: string, stored: readonly AlarmRecord[]): Promise<unknown> {
    const account = this.#options.mirror.accounts.get(accountId);
    const alarms = account ? alarmsOf(accountId, account) : [];
    const known = new Map(stored.map((record) => [record.alarmName, record]));
    await this.#remove(alarms, known);
    const metric = alarms.filter((alarm) => alarm.type === "MetricAlarm");
    const composite = alarms.filter((alarm) => alarm.type === "CompositeAlarm");
    const failure = await eachOf(metric, async (alarm) => {
      await this.#noteConfig(alarm, known);
      const next = await this.#evaluate(alarm);
      if (next) await this.#change(alarm, next, known);
    });
    for (const alarm of inOrder(composite)) {
      await this.#noteConfig(alarm, known);
      if (!this.#hasChanged(alarm, known)) continue;
      const next = evaluateComposite(alarm, (name) => known.get(name), this.#options.region);
      await this.#change(alarm, next, known);
    }
    return failure;
  }

  /** A composite alarm is decided when it or one of its children has changed: until then it stays as it was set (AWS: SetAlarmState). */
  #hasChanged(alarm: CompositeAlarm, known: ReadonlyMap<string, AlarmRecord>): boolean {
    const children = childrenOf(alarm).map((name) => {
      const { state, transitionedUnixMs } = known.get(name) ?? {};
      return `${name} ${state} ${transitionedUnixMs}`;
    });
    const seen = [alarm.digest, ...children].join("\n");
    const key = keyOf(alarm.accountId, alarm.name);
    const isNew = (known.get(alarm.name)?.reason ?? CREATED_REASON) === CREATED_REASON;
    if (!isNew && this.#evaluated.get(key) === seen) return false;
    this.#evaluated.set(key, seen);
    return true;
  }

  async #remove(alarms: readonly ConfiguredAlarm[], known: Map<string, AlarmRecord>): Promise<void> {
    const { nowMs } = this.#options;
    const names = new Set(alarms.map(({ name }) => name));
    for (const [name, record] of known) {
      if (names.has(name) || record.updatedUnixMs > nowMs() - SETTLED_MS) continue;
      known.delete(name);
      this.#evaluated.delete(keyOf(record.accountId, name));
      await this.#options.records.write(noteRemoval(record, nowMs()));
    }
  }

  async #noteConfig(alarm: ConfiguredAlarm, known: Map<string, AlarmRecord>): Promise<void> {
    const record = known.get(alarm.name) ?? newRecord(alarm);
    const write = noteConfig(alarm, record, this.#options.nowMs());
    if (write) await this.#write(write, known);
  }

  /** What an alarm is now; undefined: nothing is to be said about it. */
  async #evaluate(alarm: MetricAlarm): Promise<NewState | undefined> {
    const { nowMs, metrics } = this.#options;
    const { periodS } = readingOf(alarm.spec, 0);
    const endUnixS = endOf(nowMs(), periodS);
    const key = keyOf(alarm.accountId, alarm.name);
    const due = `${endUnixS} ${alarm.digest}`;
    if (this.#evaluated.get(key) === due) return undefined;
    const reading = readingOf(alarm.spec, endUnixS);
    let next: NewState | undefined;
    try {
      const range = { startUnixS: reading.startUnixS, endUnixS, originUnixS: endUnixS };
      const results = await metrics.data(alarm.accountId, reading.queries, range);
      const { state, ...why } = evaluateMetricAlarm(alarm.spec, reading, seriesOf(alarm.spec, results));
      next = state && { state, ...why };
    } catch (error) {
      if (!(error instanceof Refusal) || !REFUSED.has(error.reason)) throw error;
      next = { state: "INSUFFICIENT_DATA", reason: `Unchecked: ${error.message}`, reasonData: "" };
    }
    this.#evaluated.set(key, due);
    return next;
  }

  async #change(alarm: ConfiguredAlarm, next: NewState, known: Map<string, AlarmRecord>): Promise<void> {
    const { region, nowMs } = this.#options;
    const context: ChangeContext = { region, nowMs: nowMs() };
    const write = changeState(alarm, known.get(alarm.name) ?? newRecord(alarm), next, context);
    if (write && !(await this.#write(write, known)))
      // Somebody else has written it, as SetAlarmState does: it is looked at again.
      this.#evaluated.delete(keyOf(alarm.accountId, alarm.name));
  }

  async #write(write: AlarmWrite, known: Map<string, AlarmRecord>): Promise<boolean> {
    if (!(await this.#options.records.write(write))) return false;
    const { record } = write;
    known.set(record.alarmName, { ...record, version: record.version + 1 });
    return true;
  }
}
