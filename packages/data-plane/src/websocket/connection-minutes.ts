import type { Connection } from "@tollgate/pipeline";
import { encodeKey } from "@tollgate/usage-stream";
import type { Spool } from "../usage/spool.ts";

interface Counted {
  readonly key: Buffer;
  minutes: number;
}

type StageOfConnection = Pick<Connection, "accountId" | "apiId" | "stageName">;

/** ConnectionMinutes records the minutes for which clients are connected, one event for all connections of a stage. */
export class ConnectionMinutes {
  readonly #spool: Pick<Spool, "add" | "commit">;
  readonly #unixMs: () => number;
  readonly #report: (error: unknown) => void;
  readonly #byStage = new Map<string, Counted>();

  constructor(spool: Pick<Spool, "add" | "commit">, unixMs: () => number, report: (error: unknown) => void) {
    this.#spool = spool;
    this.#unixMs = unixMs;
    this.#report = report;
  }

  add({ accountId, apiId, stageName }: StageOfConnection, minutes: number): void {
    const name = `${apiId}/${stageName}`;
    const counted = this.#byStage.get(name) ?? { key: keyOf(accountId, apiId, stageName), minutes: 0 };
    this.#byStage.set(name, counted);
    counted.minutes += minutes;
  }

  /** commit records what was added. What cannot be written is tried again. */
  commit(): void {
    const counted = [...this.#byStage.values()].filter(({ minutes }) => minutes > 0);
    if (counted.length === 0) return;
    const endTimeUnixMs = this.#unixMs();
    for (const { key, minutes: connectionMinutes } of counted)
      this.#spool.add(key, { ...nothing, endTimeUnixMs, connectionMinutes });
    try {
      this.#spool.commit();
      for (const one of counted) one.minutes = 0;
    } catch (error) {
      this.#report(error);
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
};
