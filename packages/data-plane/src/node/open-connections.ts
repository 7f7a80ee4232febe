import type { ConnectionRecord } from "@tollgate/pipeline";
import type { ConnectionNotice } from "../worker/protocol.ts";

/** OpenConnections are the connections of all workers of a node, so that the ends of those whose worker has ended can be reported. */
export class OpenConnections {
  readonly #byBoot = new Map<string, Map<string, ConnectionRecord>>();
  #orphans: ConnectionRecord[] = [];

  /** noticed takes over what the worker of a boot says. */
  noticed(boot: string, { opened, closed }: ConnectionNotice): void {
    const own = this.#byBoot.get(boot) ?? new Map<string, ConnectionRecord>();
    this.#byBoot.set(boot, own);
    for (const record of opened) own.set(record.id, record);
    for (const id of closed) own.delete(id);
  }

  /** ended makes orphans of the connections of a worker that has ended. */
  ended(boot: string): void {
    this.#orphans.push(...(this.#byBoot.get(boot)?.values() ?? []));
    this.#byBoot.delete(boot);
  }

  /** adopt hands all orphans to `report`; should it fail, they stay. */
  async adopt(report: (records: readonly ConnectionRecord[]) => Promise<unknown>): Promise<void> {
    const orphans = this.#orphans;
    if (orphans.length === 0) return;
    this.#orphans = [];
    try {
      await report(orphans);
    } catch {
      this.#orphans.push(...orphans);
    }
  }
}
