import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NodeClaim, NodeStore } from "./node-store.ts";

export interface OpenNodeStore {
  /** Opens the store of one process. What an earlier one has claimed is there. */
  readonly open: () => NodeStore;
  /** Whether several processes can have the store open. */
  readonly isShared: boolean;
}

const soon = { timeout: 10_000, interval: 10 };

export const claimOf = (nodeId: string, more: Partial<NodeClaim> = {}): NodeClaim => ({
  nodeId,
  bootId: "boot1",
  host: "host1",
  pid: 1,
  labels: { zone: "a" },
  softwareVersion: "1",
  workerCount: 1,
  plane: "plane1",
  connectUnixMs: 1,
  appliedVersion: 0,
  ...more,
});

/** describeNodeStore checks the contract of the NodeStore port. */
export function describeNodeStore(name: string, { open, isShared }: OpenNodeStore): void {
  describe(name, () => {
    let store: NodeStore;
    /** The id of one test's node, so that tests can share an etcd. */
    let id: string;
    let tests = 0;
    beforeEach(() => {
      store = open();
      id = `node-${++tests}`;
    });
    afterEach(() => store[Symbol.asyncDispose]());

    it("has no claim of a node that never came", async () => {
      expect(await store.get(id)).toBeUndefined();
    });

    it("lets one of two writers win who have read the same", async () => {
      const first = await store.write(id, claimOf(id), 0);
      expect(first).toBeGreaterThan(0);
      expect(await store.write(id, claimOf(id, { bootId: "boot2" }), 0)).toBeUndefined();
      expect(await store.get(id)).toEqual({ claim: claimOf(id), modRevision: first });
      const second = await store.write(id, claimOf(id, { bootId: "boot2" }), first as number);
      expect(second).toBeGreaterThan(first as number);
      expect(await store.write(id, undefined, first as number)).toBeUndefined();
      expect(await store.write(id, undefined, second as number)).toBeGreaterThan(0);
      expect(await store.get(id)).toBeUndefined();
    });

    it("reports what is written and removed", async () => {
      const seen = vi.fn<() => void>();
      const stop = store.onChange(seen);
      const revision = await store.write(id, claimOf(id), 0);
      await vi.waitFor(() => expect(store.state.claims.get(id)?.modRevision).toBe(revision), soon);
      expect(seen).toHaveBeenCalled();
      await store.write(id, undefined, revision as number);
      await vi.waitFor(() => expect(store.state.claims.has(id)).toBe(false), soon);
      stop();
      seen.mockClear();
      const again = await store.write(id, claimOf(id), 0);
      await vi.waitFor(() => expect(store.state.claims.get(id)?.modRevision).toBe(again), soon);
      expect(seen).not.toHaveBeenCalled();
    });

    it("shows the newest report of a control plane", async () => {
      const nodes = (appliedVersion: number) => ({
        [id]: { bootId: "b", appliedVersion, publishedVersion: 2, lastSeenUnixMs: 1, refused: [] },
      });
      await store.report({ plane: `plane-of-${id}`, nodes: nodes(1) });
      await store.report({ plane: `plane-of-${id}`, nodes: nodes(2) });
      await vi.waitFor(
        () =>
          expect(store.state.reports.get(`plane-of-${id}`)).toEqual({
            plane: `plane-of-${id}`,
            nodes: nodes(2),
          }),
        soon,
      );
    });

    it("keeps one rollout, which one of two writers that have read the same replaces", async () => {
      await vi.waitFor(() => expect(store.state.claims).toBeDefined(), soon);
      const record = (version: number) =>
        ({
          version,
          release: `${version}-r`,
          digest: "00",
          base: 1,
          baseRelease: "1-r",
          state: "rolling",
          members: [id],
          before: { [id]: { bootId: "b", refused: ["stage/a/b"] } },
          reason: "",
        }) as const;
      await vi.waitFor(async () => {
        const before = store.state.rollout?.modRevision ?? 0;
        expect(await store.writeRollout(record(7), before)).toBe(true);
        expect(await store.writeRollout(record(8), before)).toBe(false);
      }, soon);
      await vi.waitFor(() => expect(store.state.rollout?.record).toEqual(record(7)), soon);
      await using after = open();
      await vi.waitFor(() => expect(after.state.rollout?.record).toEqual(record(7)), soon);
      await store.removeRollout();
      await vi.waitFor(() => expect(store.state.rollout).toBeUndefined(), soon);
    });

    it("keeps releases of any size until they are not needed", async () => {
      const large = randomBytes(1_500_000);
      await store.writeRelease(`${id}-large`, large);
      await store.writeRelease(`${id}-small`, Buffer.from("x"));
      expect((await store.readRelease(`${id}-large`))?.equals(large)).toBe(true);
      expect(await store.readRelease(`${id}-other`)).toBeUndefined();
      await store.dropReleases((release) => release !== `${id}-large`);
      expect(await store.readRelease(`${id}-large`)).toBeUndefined();
      expect((await store.readRelease(`${id}-small`))?.toString()).toBe("x");
    });

    it("keeps claims when its process ends, but not its report", async () => {
      const plane = `plane-of-${id}`;
      const before = open();
      await before.report({ plane, nodes: {} });
      const revision = await before.write(id, claimOf(id), 0);
      await before[Symbol.asyncDispose]();
      await using after = open();
      await vi.waitFor(() => expect(after.state.claims.get(id)?.modRevision).toBe(revision), soon);
      expect(after.state.reports.has(plane)).toBe(false);
    });

    it.runIf(isShared)("shows each process what the others write", async () => {
      await using other = open();
      const revision = await other.write(id, claimOf(id), 0);
      await other.report({ plane: `plane-of-${id}`, nodes: {} });
      await vi.waitFor(() => {
        expect(store.state.claims.get(id)?.modRevision).toBe(revision);
        expect(store.state.reports.has(`plane-of-${id}`)).toBe(true);
      }, soon);
    });
  });
}
