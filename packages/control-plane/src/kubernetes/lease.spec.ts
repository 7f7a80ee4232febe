import { describe, expect, it } from "vitest";
import { type ApiCall, ApiError } from "./api-server.ts";
import { LeaseElection } from "./lease.ts";

/** A Lease as an API server keeps it: who writes must have read what is there. */
function openLeases() {
  let version = 0;
  let stored: { metadata: { resourceVersion: string }; spec: Record<string, unknown> } | undefined;
  let isAway = false;
  const check = () => {
    if (isAway) throw new ApiError(0, "Unreachable", "away");
  };
  return {
    get holder() {
      return stored?.spec.holderIdentity;
    },
    setAway: (away: boolean) => {
      isAway = away;
    },
    find: async <T>(_call: ApiCall): Promise<T | undefined> => {
      check();
      return structuredClone(stored) as T | undefined;
    },
    call: async <T>({ method, body }: ApiCall): Promise<T> => {
      check();
      const given = body as NonNullable<typeof stored>;
      if ((method === "POST") === (stored !== undefined))
        throw new ApiError(409, "AlreadyExists", "is there");
      if (stored && given.metadata.resourceVersion !== stored.metadata.resourceVersion)
        throw new ApiError(409, "Conflict", "was changed");
      stored = { ...given, metadata: { ...given.metadata, resourceVersion: String(++version) } };
      return stored as T;
    },
  };
}

function openElections(names: readonly string[]) {
  const api = openLeases();
  const clock = { nowMs: 0 };
  const elections = names.map(
    (identity) =>
      new LeaseElection({
        api,
        lease: { namespace: "tollgate", name: "controller" },
        identity,
        nowMs: () => clock.nowMs,
        logger: { info: () => undefined } as never,
      }),
  );
  return { api, clock, elections };
}

const leading = (elections: readonly LeaseElection[]) => elections.map(({ isLeading }) => isLeading);

describe("a lease", () => {
  it("makes one of several processes the leader", async () => {
    const { elections } = openElections(["a", "b", "c"]);
    await Promise.all(elections.map((one) => one.run()));
    expect(leading(elections).filter(Boolean)).toHaveLength(1);
  });

  it("stays with who renews it", async () => {
    const { elections, clock } = openElections(["a", "b"]);
    for (let i = 0; i < 20; i++) {
      for (const one of elections) await one.run();
      expect(leading(elections)).toEqual([true, false]);
      clock.nowMs += 2_000;
    }
  });

  it("that is not renewed goes to another one, and who had it has stopped to lead before", async () => {
    const { elections, clock } = openElections(["a", "b"]);
    const [, b] = elections as [LeaseElection, LeaseElection];
    for (const one of elections) await one.run();
    let ledNobody = false;
    for (let i = 0; i < 20 && !b.isLeading; i++) {
      clock.nowMs += 1_000;
      await b.run();
      ledNobody ||= leading(elections).every((one) => !one);
      expect(leading(elections)).not.toEqual([true, true]);
    }
    expect(leading(elections)).toEqual([false, true]);
    expect(ledNobody).toBe(true);
    expect(clock.nowMs).toBeLessThanOrEqual(17_000);
  });

  it("is judged by the own clock alone, however far others are off", async () => {
    const { elections, clock } = openElections(["a", "b"]);
    const [a, b] = elections as [LeaseElection, LeaseElection];
    await a.run();
    clock.nowMs += 1_000_000;
    await b.run();
    expect(b.isLeading).toBe(false);
  });

  it("is not led by who cannot reach the API server any more", async () => {
    const { elections, clock, api } = openElections(["a"]);
    const [a] = elections as [LeaseElection];
    await a.run();
    api.setAway(true);
    await expect(a.run()).rejects.toThrow("away");
    expect(a.isLeading).toBe(true);
    clock.nowMs += 10_000;
    expect(a.isLeading).toBe(false);
  });

  it("that is released goes to another one at once", async () => {
    const { elections, api } = openElections(["a", "b"]);
    const [a, b] = elections as [LeaseElection, LeaseElection];
    await a.run();
    await a.release();
    expect(a.isLeading).toBe(false);
    await b.run();
    expect(b.isLeading).toBe(true);
    await a.release();
    expect(api.holder).toBe("b");
  });
});
