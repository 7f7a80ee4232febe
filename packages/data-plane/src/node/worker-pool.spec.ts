import { expect, it, onTestFinished, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import type { Shipper } from "../usage/shipper.ts";
import type { NodeParts } from "./reply-to-asks.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** What the pool has said to each worker, in the order of their starts. */
const said: string[][] = [];
/** Ends a worker, in the same order. */
const end: (() => void)[] = [];
/** What a worker needs to apply something. */
let applying: Promise<unknown> = Promise.resolve();

class FakeWorker {
  readonly boot = `boot-${said.length}`;
  readonly child = { pid: 1 };
  readonly beats = { tick: vi.fn() };
  readonly end = vi.fn();
  readonly begin = vi.fn();
  readonly #said: string[] = [];

  constructor(_start: unknown, onExit: (code: number | null, signal: NodeJS.Signals | null) => void) {
    said.push(this.#said);
    end.push(() => onExit(1, null));
  }

  tell({ type }: { readonly type: string }): void {
    this.#said.push(type);
  }

  async ask({ type }: { readonly type: string }) {
    this.#said.push(type);
    if (type === "apply") await applying;
    return {};
  }

  async listen(ports: object) {
    this.#said.push("listen");
    return ports;
  }
}

function poolOf(count: number): WorkerPool {
  said.length = 0;
  end.length = 0;
  const pool = new WorkerPool(
    {
      count,
      ports: { http: 1, https: undefined, privateHttp: undefined, privateHttps: undefined, edge: undefined },
      start: { nodeId: "n" } as WorkerPoolOptions["start"],
      https: () => undefined,
      edge: () => undefined,
      shipper: { workerStarted: () => 0, workerEnded: () => undefined } as unknown as Shipper,
      logs: undefined,
      parts: {
        caches: { ended: () => undefined },
        keys: { changed: () => undefined },
      } as unknown as NodeParts,
      onCrash: () => undefined,
      logger: createLogger("test", "silent"),
    },
    FakeWorker as unknown as typeof WorkerProcess,
  );
  pool.start();
  onTestFinished(() => pool.drain(0));
  return pool;
}

it("a worker that is replaced while its node leaves asks its clients to leave, too, once it has some", async () => {
  const pool = poolOf(1);
  await pool.listen();
  end[0]?.();
  await vi.waitFor(() => expect(said[1]).toEqual(["apply", "listen"]), { timeout: 20_000 });
  pool.leave();
  expect(said[1]).toEqual(["apply", "listen", "leave"]);
  end[1]?.();
  await vi.waitFor(() => expect(said[2]).toEqual(["apply", "listen", "leave"]), { timeout: 20_000 });
  await vi.waitFor(() => expect(pool.status.alive).toBe(1), { timeout: 20_000 });
});

it("a worker that is replaced serves nothing before it has what came while it started", async () => {
  const pool = poolOf(1);
  await pool.listen();
  const first = Promise.withResolvers<void>();
  applying = first.promise;
  end[0]?.();
  await vi.waitFor(() => expect(said[1]).toEqual(["apply"]), { timeout: 20_000 });
  const second = Promise.withResolvers<void>();
  applying = second.promise;
  const update = pool.apply({ version: 2, upserts: [], removals: [], changedKeys: [] });
  first.resolve();
  await new Promise(setImmediate);
  expect(said[1]).toEqual(["apply", "apply"]);
  second.resolve();
  await update;
  await vi.waitFor(() => expect(said[1]).toEqual(["apply", "apply", "listen"]), { timeout: 20_000 });
});
