import { describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { type Database, DatabaseUnreachable } from "./database.ts";
import { watchDatabase, whenReachable } from "./database-watch.ts";

const logger = createLogger("test", "silent");
const unreachable = () => new DatabaseUnreachable(new Error("connect ECONNREFUSED"));

describe("watchDatabase", () => {
  it.each([
    ["refuses", () => Promise.reject(unreachable())],
    ["hangs", () => new Promise<never>(() => undefined)],
  ])("reports a database that %s", async (_what, query) => {
    const seen: boolean[] = [];
    using _watch = watchDatabase({
      database: { query },
      onChange: (responds) => seen.push(responds),
      logger,
      intervalMs: 1,
      responseMaxMs: 5,
    });
    await vi.waitFor(() => expect(seen).toEqual([false]), { timeout: 20_000 });
  });

  it("reports that a database responds again, also if it only paused", async () => {
    const seen: boolean[] = [];
    const responses: PromiseWithResolvers<[]>[] = [];
    using _watch = watchDatabase({
      database: {
        query: () => {
          const response = Promise.withResolvers<[]>();
          responses.push(response);
          return response.promise;
        },
      },
      onChange: (responds) => seen.push(responds),
      logger,
      intervalMs: 1,
      responseMaxMs: 5,
    });
    await vi.waitFor(() => expect(seen).toEqual([false]), { timeout: 20_000 });
    responses[0]?.resolve([]);
    await vi.waitFor(() => expect(seen).toEqual([false, true, false]), { timeout: 20_000 });
    responses[1]?.reject(unreachable());
    responses[1]?.promise.catch(() => undefined);
    await vi.waitFor(() => expect(responses).toHaveLength(3), { timeout: 20_000 });
    responses[2]?.resolve([]);
    await vi.waitFor(() => expect(seen.slice(0, 4)).toEqual([false, true, false, true]), { timeout: 20_000 });
  });
});

describe("whenReachable", () => {
  it("repeats work until the database can be reached", async () => {
    let failures = 2;
    const work = async () => {
      if (failures-- > 0) throw unreachable();
      return "opened";
    };
    expect(await whenReachable({} as Database, work, { logger, intervalMs: 1 })).toBe("opened");
  });

  it("does not repeat work that fails for another reason", async () => {
    const work = () => Promise.reject(new Error("the schema is newer"));
    await expect(whenReachable({} as Database, work, { logger, intervalMs: 1 })).rejects.toThrow(
      "the schema is newer",
    );
  });
});
