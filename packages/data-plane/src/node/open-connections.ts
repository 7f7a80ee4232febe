import { type ConnectionRecord, keptHeaders } from "@tollgate/pipeline/node";
import type { ConnectionNotice, OrphanedConnection } from "../worker/protocol.ts";

/** sharing is a notice whose records share with the others what they have in common, which came as copies: there are very many. */
export const sharing = (notice: ConnectionNotice): ConnectionNotice => ({
  ...notice,
  opened: notice.opened.map((record) => {
    const [, host = "", , userAgent = ""] = record.headers;
    return { ...record, headers: keptHeaders(host, userAgent) };
  }),
});

/** What a worker has: its own connections, and those of ended workers whose ends it has not reported yet. */
class Held {
  readonly own = new Map<string, ConnectionRecord>();
  readonly adopted = new Map<string, OrphanedConnection>();
  /** The minutes of its own connections that began until then are recorded, but for those that opened since. */
  countedUnixMs = 0;
  readonly uncounted = new Set<string>();
}

/** OpenConnections are the connections of all workers of a node, so that the ends of those whose worker has ended can be reported. */
export class OpenConnections {
  readonly #byBoot = new Map<string, Held>();
  #orphans: OrphanedConnection[] = [];

  #of(boot: string): Held {
    const known = this.#byBoot.get(boot);
    if (known) return known;
    const held = new Held();
    this.#byBoot.set(boot, held);
    return held;
  }

  /** noticed takes over what the worker of a boot says. A connection that it closed, or whose end it reports, is settled: nobody else will. */
  noticed(boot: string, { opened, closed, countedUnixMs }: ConnectionNotice): void {
    const held = this.#of(boot);
    for (const record of opened) {
      held.own.set(record.id, record);
      held.uncounted.add(record.id);
    }
    for (const id of closed) {
      if (!held.own.delete(id)) held.adopted.delete(id);
      held.uncounted.delete(id);
    }
    if (countedUnixMs === undefined) return;
    held.countedUnixMs = countedUnixMs;
    held.uncounted.clear();
  }

  /** ended makes orphans of what a worker had that has ended, and returns how many there are. */
  ended(boot: string, endedUnixMs: number): number {
    const held = this.#byBoot.get(boot);
    if (!held) return this.#orphans.length;
    this.#byBoot.delete(boot);
    const { own, adopted, uncounted } = held;
    for (const [id, connection] of own) {
      const countedUnixMs = uncounted.has(id) ? 0 : held.countedUnixMs;
      this.#orphans.push({ connection, countedUnixMs, endedUnixMs });
    }
    this.#orphans.push(...adopted.values());
    return this.#orphans.length;
  }

  /** adopt hands all orphans to the worker of a boot, which reports their ends. Those that it cannot take become orphans again, and those that it has not settled when it ends. */
  async adopt(
    boot: string,
    report: (orphans: readonly OrphanedConnection[]) => Promise<unknown>,
  ): Promise<void> {
    const orphans = this.#orphans;
    if (orphans.length === 0) return;
    this.#orphans = [];
    const { adopted } = this.#of(boot);
    for (const orphan of orphans) adopted.set(orphan.connection.id, orphan);
    try {
      await report(orphans);
    } catch {
      // Of a worker that has ended, they are orphans already.
      if (this.#byBoot.get(boot)?.adopted === adopted) this.#orphans.push(...adopted.values());
      adopted.clear();
    }
  }
}
