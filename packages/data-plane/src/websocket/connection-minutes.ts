import { connectionMinutes } from "@tollgate/config/runtime";
import type { Connection, ConnectionKey } from "@tollgate/pipeline";
import { ApiKind } from "@tollgate/proto/usage";
import { type EventFacts, encodeKey, NO_FACTS } from "@tollgate/usage-stream";
import type { Spool } from "../usage/spool.ts";

/** minutesBegun is how many minutes of a connection have begun at a time; before it opened, none. */
export const minutesBegun = (connectedAtUnixMs: number, unixMs: number): number =>
  unixMs < connectedAtUnixMs ? 0 : connectionMinutes(connectedAtUnixMs, unixMs);

export interface ConnectionMinutesOptions {
  readonly spool: Pick<Spool, "add" | "commit">;
  /** What the events of a stage have in common. */
  readonly factsOf: (apiId: string, stageName: string) => Pick<EventFacts, "stageFacts" | "configRevision">;
  readonly unixMs: () => number;
  readonly report: (error: unknown) => void;
}

interface Counted {
  readonly apiId: string;
  readonly stageName: string;
  readonly stage: Buffer;
  readonly connectionKey: ConnectionKey | undefined;
  minutes: number;
}

type ConnectionOfStage = Pick<Connection, "accountId" | "apiId" | "stageName" | "key">;

/**
 * ConnectionMinutes records the minutes for which clients are connected, one event for all connections of a stage that were opened with one
 * key, or with none. A minute is recorded when
 * it begins, so that a worker or a node that is killed takes none along but those that began since the last record.
 */
export class ConnectionMinutes {
  readonly #options: ConnectionMinutesOptions;
  readonly #stages = new Map<string, Buffer>();
  #counted = new Map<string, Counted>();
  #isDue = false;

  constructor(options: ConnectionMinutesOptions) {
    this.#options = options;
  }

  add({ accountId, apiId, stageName, key }: ConnectionOfStage, minutes: number): void {
    if (minutes <= 0) return;
    const stageId = `${apiId}/${stageName}`;
    // The customer, too: a key may have gone to another one since other connections were opened with it.
    const name = key ? `${stageId}/${key.usagePlanId}/${key.apiKeyId}/${key.customerId ?? ""}` : stageId;
    const known = this.#counted.get(name);
    if (known) {
      known.minutes += minutes;
      return;
    }
    const stage = this.#stages.get(stageId) ?? stageOf(accountId, apiId, stageName);
    this.#stages.set(stageId, stage);
    this.#counted.set(name, { apiId, stageName, stage, connectionKey: key, minutes });
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
    if (this.#counted.size === 0) return true;
    const { spool, factsOf, unixMs, report } = this.#options;
    const at = { ...NO_FACTS, apiKind: ApiKind.WEBSOCKET, endTimeUnixMs: unixMs() };
    for (const { apiId, stageName, stage, connectionKey, minutes } of this.#counted.values())
      spool.add(stage, {
        ...at,
        ...factsOf(apiId, stageName),
        connectionKey,
        customerId: connectionKey?.customerId ?? "",
        connectionMinutes: minutes,
      });
    try {
      spool.commit();
      this.#counted = new Map();
      return true;
    } catch (error) {
      report(error);
      return false;
    }
  }
}

const stageOf = (accountId: string, apiId: string, stage: string): Buffer =>
  encodeKey({ accountId, apiId, stage, httpMethod: "CONNECTION", resourcePath: "" });
