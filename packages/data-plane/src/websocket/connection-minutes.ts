import { connectionMinutes } from "@tollgate/config";
import type { Connection } from "@tollgate/pipeline";
import { ApiKind, FreeReason } from "@tollgate/proto/usage";
import { encodeKey } from "@tollgate/usage-stream";
import type { Spool } from "../usage/spool.ts";

/** minutesBegun is how many minutes of a connection have begun at a time; before it opened, none. */
export const minutesBegun = (connectedAtUnixMs: number, unixMs: number): number =>
  unixMs < connectedAtUnixMs ? 0 : connectionMinutes(connectedAtUnixMs, unixMs);

interface Counted {
  readonly key: Buffer;
  minutes: number;
}

type StageOfConnection = Pick<Connection, "accountId" | "apiId" | "stageName">;

/**
 * ConnectionMinutes records the minutes for which clients are connected, one event for all connections of a stage. A minute is recorded when
 * it begins, so that a worker or a node that is killed takes none along but those that began since the last record.
 */
export class ConnectionMinutes {
  readonly #spool: Pick<Spool, "add" | "commit">;
  readonly #unixMs: () => number;
  readonly #report: (error: unknown) => void;
  readonly #byStage = new Map<string, Counted>();
  #isDue = false;

  constructor(spool: Pick<Spool, "add" | "commit">, unixMs: () => number, report: (error: unknown) => void) {
    this.#spool = spool;
    this.#unixMs = unixMs;
    this.#report = report;
  }

  add({ accountId, apiId, stageName }: StageOfConnection, minutes: number): void {
    const name = `${apiId}/${stageName}`;
    const counted = this.#byStage.get(name) ?? { key: keyOf(accountId, apiId, stageName), minutes: 0 };
    this.#byStage.set(name, counted);
    counted.minutes += Math.max(0, minutes);
  }

  /** commitSoon records what was added in this turn of the event loop, all together. */
  commitSoon(): void {
    if (!this.#isDue)
      setImmediate(() => {
        this.#isDue = false;
        this.commit();
      });
    this.#isDue = true;
  }

  /** commit records what was added. What cannot be written is tried again: false. */
  commit(): boolean {
    const counted = [...this.#byStage.values()].filter(({ minutes }) => minutes > 0);
    if (counted.length === 0) return true;
    const endTimeUnixMs = this.#unixMs();
    for (const { key, minutes: connectionMinutes } of counted)
      this.#spool.add(key, { ...nothing, endTimeUnixMs, connectionMinutes });
    try {
      this.#spool.commit();
      for (const one of counted) one.minutes = 0;
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }
}

const keyOf = (accountId: string, apiId: string, stage: string): Buffer =>
  encodeKey({ accountId, apiId, stage, httpMethod: "CONNECTION", resourcePath: "" });

const nothing = {
  status: 0,
  latencyUs: 0,
  integrationLatencyUs: 0,
  requestBytes: 0,
  responseBytes: 0,
  requestId: "",
  apiKeyId: "",
  usagePlanId: "",
  messageCount: 0,
  apiKind: ApiKind.WEBSOCKET,
  freeReason: FreeReason.UNSPECIFIED,
};
