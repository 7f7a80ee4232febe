import { describe, expect, it } from "vitest";
import type { Release } from "@tollgate/config-stream";
import { openEmbeddedNodeStore } from "../node/embedded-node-store.ts";
import type { ClusterNode } from "../node/node-directory.ts";
import type { NodeStore } from "../node/node-store.ts";
import { type ModelPlane, modelNode, startModelPlane } from "./rollout-model.ts";

const TICK_MS = 500;
const TICKS = 60;
const NODES = 3;
/** What is stored as desired state from a tick on; nodes refuse "bad". The version is the position. */
type Script = readonly { readonly tick: number; readonly text: string }[];

/** The control plane that calls the store is killed at one call, before or after the store has served it. */
interface Kill {
  readonly call: number;
  readonly when: "before" | "after";
  /** Whether all control planes are killed with it. */
  readonly isAll: boolean;
}

interface ModelNode {
  readonly id: string;
  plane: ModelPlane | undefined;
  release: Release | undefined;
  readonly had: Set<string>;
}

const textOf = (release: Release | undefined) => release?.artifacts.get("config")?.content.toString();

/** ModelCluster runs control planes and nodes tick by tick over one store. */
class ModelCluster implements AsyncDisposable {
  readonly store = openEmbeddedNodeStore({ file: ":memory:" });
  readonly nodes: ModelNode[] = [];
  readonly #script: Script;
  readonly #planeCount: number;
  readonly #kill: Kill | undefined;
  readonly #planes = new Set<ModelPlane>();
  #started = 0;
  #calls = 0;
  #tick = 0;

  constructor(script: Script, planeCount: number, kill: Kill | undefined) {
    this.#script = script;
    this.#planeCount = planeCount;
    this.#kill = kill;
    for (let i = 0; i < NODES; i++) this.#addNode();
  }

  get calls(): number {
    return this.#calls;
  }

  #addNode(): void {
    this.nodes.push({ id: `n${this.nodes.length}`, plane: undefined, release: undefined, had: new Set() });
  }

  async run(): Promise<void> {
    for (this.#tick = 0; this.#tick < TICKS; this.#tick++) {
      if (this.#planes.size < this.#planeCount) await this.#startPlane();
      // One that comes without any config, as in an autoscaled group.
      if (this.#tick === TICKS - 10) this.#addNode();
      for (const [i, plane] of [...this.#planes].entries()) {
        // Control planes see what is written one after the other.
        const known = this.#script.findLastIndex(({ tick }) => tick + i <= this.#tick);
        const text = this.#script[known]?.text;
        if (text !== undefined && plane.publisher.version < known + 1)
          plane.publisher.publish(known + 1, text);
        await plane.waves.step();
      }
      for (const node of this.nodes) this.#move(node);
    }
  }

  async #startPlane(): Promise<void> {
    // Each is a new process with a new name, that comes before the names of the others as often as after them.
    const plane = `${"QCXAMZBYK"[this.#started % 9]}${this.#started++}`;
    const started = startModelPlane({
      plane,
      store: this.#storeOf(plane),
      nodes: () => this.#all(),
      nowMs: () => this.#tick * TICK_MS,
    });
    this.#planes.add(started);
    const newest = this.#script.findLast(({ tick }) => tick <= this.#tick);
    if (newest) started.publisher.publish(this.#script.indexOf(newest) + 1, newest.text);
    await this.store.report({ plane, nodes: {} });
  }

  /** A node takes what its control plane lets it have; one without a control plane keeps what it has for one tick. */
  #move(node: ModelNode): void {
    const planes = [...this.#planes];
    if (!node.plane || !this.#planes.has(node.plane)) {
      const wasConnected = node.plane !== undefined;
      node.plane = wasConnected ? undefined : planes[this.nodes.indexOf(node) % planes.length];
      if (wasConnected) return;
    }
    const release = node.plane?.publisher.releases.of(node.id, node.release !== undefined);
    if (!release) return;
    node.release = release;
    node.had.add(textOf(release) ?? "");
  }

  #all(): readonly ClusterNode[] {
    return this.nodes.map(({ id, plane, release }) =>
      modelNode(id, {
        appliedVersion: release?.version ?? 0,
        refused:
          textOf(release) === "bad"
            ? [{ name: "config", code: "X", path: "p", params: {}, message: "m" }]
            : [],
        missingSinceUnixMs: plane && this.#planes.has(plane) ? undefined : 1,
      }),
    );
  }

  #storeOf(plane: string): NodeStore {
    const guarded = new Set(["writeRollout", "writeRelease", "readRelease", "dropReleases"]);
    return new Proxy(this.store, {
      get: (target, property) => {
        const value = Reflect.get(target, property, target) as unknown;
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...args: unknown[]) => unknown;
        return guarded.has(String(property)) ? this.#guard(plane, method) : method;
      },
    });
  }

  #guard(plane: string, method: (...args: unknown[]) => unknown) {
    return async (...args: unknown[]) => {
      if (![...this.#planes].some((live) => live.plane === plane)) throw new Error("this process has ended");
      const isKilled = ++this.#calls === this.#kill?.call;
      const isServed = !isKilled || this.#kill?.when === "after";
      const result = isServed ? await method(...args) : undefined;
      if (!isKilled) return result;
      this.#end(plane);
      throw new Error("killed");
    };
  }

  #end(plane: string): void {
    for (const live of this.#planes) {
      if (live.plane !== plane && !this.#kill?.isAll) continue;
      live[Symbol.dispose]();
      this.#planes.delete(live);
      (this.store.state.reports as Map<string, unknown>).delete(live.plane);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const live of this.#planes) live[Symbol.dispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

const SCRIPTS: readonly { what: string; script: Script; ends: string }[] = [
  {
    what: "two versions",
    ends: "two",
    script: [
      { tick: 0, text: "one" },
      { tick: 5, text: "two" },
    ],
  },
  {
    what: "versions that wait for the one before",
    ends: "four",
    script: [
      { tick: 0, text: "one" },
      { tick: 5, text: "two" },
      { tick: 6, text: "three" },
      { tick: 8, text: "four" },
    ],
  },
  {
    what: "a version that is stopped",
    ends: "one",
    script: [
      { tick: 0, text: "one" },
      { tick: 5, text: "bad" },
    ],
  },
  {
    what: "a version that is stopped while the next one waits",
    ends: "three",
    script: [
      { tick: 0, text: "one" },
      { tick: 5, text: "bad" },
      { tick: 6, text: "three" },
    ],
  },
  {
    what: "a stopped version, and changes that are not delivered",
    ends: "one",
    script: [
      { tick: 0, text: "one" },
      { tick: 2, text: "one" },
      { tick: 5, text: "bad" },
      { tick: 12, text: "bad" },
    ],
  },
  {
    what: "a version that waits and changes nothing",
    ends: "two",
    script: [
      { tick: 0, text: "one" },
      { tick: 5, text: "two" },
      { tick: 6, text: "two" },
    ],
  },
];

async function check(script: Script, ends: string, planes: number, kill?: Kill): Promise<number> {
  await using cluster = new ModelCluster(script, planes, kill);
  await cluster.run();
  const what = JSON.stringify({ planes, kill });
  expect(
    cluster.nodes.map(({ release }) => textOf(release)),
    what,
  ).toEqual(cluster.nodes.map(() => ends));
  const hadBad = cluster.nodes.filter(({ had }) => had.has("bad"));
  expect(hadBad.length, `nodes that had what was stopped, ${what}`).toBeLessThanOrEqual(1);
  const isStopped = ends === "one";
  expect(cluster.store.state.rollout?.record.state, what).toBe(isStopped ? "stopped" : "done");
  // Whoever waits for the newest version gets to know: it is applied, or its rollout was stopped.
  const newest = script.length;
  if (isStopped) expect(cluster.store.state.rollout?.record.version, what).toBe(newest);
  else
    expect(
      cluster.nodes.map(({ release }) => release?.version),
      what,
    ).toEqual(cluster.nodes.map(() => newest));
  return cluster.calls;
}

describe("wherever a control plane is killed, all nodes end at the newest version that was not stopped", () => {
  it.each(SCRIPTS)("$what", async ({ script, ends }) => {
    for (const planes of [1, 2, 3]) {
      const calls = await check(script, ends, planes);
      for (let call = 1; call <= calls; call++)
        for (const when of ["before", "after"] as const)
          for (const isAll of [false, true]) await check(script, ends, planes, { call, when, isAll });
    }
  });
});
