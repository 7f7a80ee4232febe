import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { PastLives } from "./past-lives.ts";
import { QuotaLives } from "./quota-lives.ts";

const logger = createLogger("spec", "silent");
const home = mkdtempSync(join(tmpdir(), "tollgate-past-lives-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const ENDS = 10_000;
const lease = (counter: string, inherited = 0) => ({ counter, period: "p", endsUnixMs: ENDS, inherited });

/** A node that is killed and started again on the same disk. */
class Node {
  readonly file = join(mkdtempSync(join(home, "node-")), "lives.db");
  lives = new QuotaLives(this.file, "n", logger, "boot");
  /** Calls that metering has counted, by source and counter; undefined: not all are. */
  counted: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined = {};
  unsent = new Set<string>();
  onLook: () => void = () => undefined;
  unixMs = 0;
  nowMs = 0;
  readonly closed: (readonly [life: string, counter: string, spent: number])[] = [];
  readonly forgotten: string[] = [];

  restart(boot = "boot"): string {
    const { name } = this.lives.own;
    this.lives[Symbol.dispose]();
    this.lives = new QuotaLives(this.file, "n", logger, boot);
    return name;
  }

  async settle(): Promise<boolean> {
    await using past = new PastLives({
      lives: this.lives,
      usage: {
        unsent: async () => {
          this.onLook();
          return this.unsent;
        },
        count: async (sources, leases) =>
          this.counted &&
          leases.map(({ counter }) =>
            sources.reduce((sum, source) => sum + (this.counted?.[source]?.[counter] ?? 0), 0),
          ),
      },
      close: async ({ name }, { counter }, spent) => {
        this.closed.push([name, counter, spent]);
        return 1;
      },
      keepLeases: () => undefined,
      forgetAlone: ({ counter }) => this.forgotten.push(counter),
      nowMs: () => this.nowMs,
      unixMs: () => this.unixMs,
      logger,
    });
    return past.settle();
  }
}

describe("a run of a node that was killed", () => {
  it("is settled with the calls of all its sources, once", async () => {
    const node = new Node();
    for (const source of ["n/0/a", "n/1/b", "n/2/none"]) node.lives.sourceStarted(source);
    node.lives.leased([lease("one"), lease("two")]);
    // One worker had ended before, another one has recorded nothing.
    node.lives.sourceClosed("n/0/a");
    node.lives.sourceEmpty("n/2/none");
    const killed = node.restart();
    node.lives.sourceStarted("n/0/own");
    node.lives.sourceClosed("n/0/own");
    node.lives.sourceClosed("n/1/b");
    node.counted = { "n/0/a": { one: 3 }, "n/1/b": { one: 4, two: 5 }, "n/0/own": { one: 100 } };
    expect(await node.settle()).toBe(true);
    expect(node.closed).toEqual([
      [killed, "one", 7],
      [killed, "two", 5],
    ]);
    expect(await node.settle()).toBe(true);
    expect(node.closed).toHaveLength(2);
  });

  it("waits for what is on its disk only, and for metering, and gives up where events are lost", async () => {
    const node = new Node();
    node.lives.sourceStarted("n/0/a");
    node.lives.leased([lease("one")]);
    node.restart();
    node.unsent.add("n/0/a");
    expect(await node.settle()).toBe(false);
    node.unsent.clear();
    node.lives.sourceClosed("n/0/a");
    node.counted = undefined;
    expect(await node.settle()).toBe(false);
    expect(node.closed).toEqual([]);
    node.unixMs = ENDS;
    expect(await node.settle()).toBe(true);
    expect(node.closed).toEqual([]);
  });

  it("used nothing if its workers recorded nothing", async () => {
    const node = new Node();
    node.lives.sourceStarted("n/0/a");
    node.lives.leased([lease("one")]);
    const killed = node.restart();
    node.lives.sourceEmpty("n/0/a");
    node.counted = undefined;
    expect(await node.settle()).toBe(true);
    expect(node.closed).toEqual([[killed, "one", 0]]);
  });

  it("used what it had leased if the spool of a worker is gone", async () => {
    const node = new Node();
    for (const source of ["n/0/a", "n/1/gone"]) node.lives.sourceStarted(source);
    node.lives.leased([lease("one")]);
    node.restart();
    node.lives.sourceClosed("n/0/a");
    node.counted = { "n/0/a": { one: 3 } };
    expect(await node.settle()).toBe(true);
    expect([node.closed, node.lives.past]).toEqual([[], []]);
  });

  it("is settled with the calls of a source that is closed while its spool is looked at", async () => {
    const node = new Node();
    node.lives.sourceStarted("n/0/a");
    node.lives.leased([lease("one")]);
    const killed = node.restart();
    node.onLook = () => node.lives.sourceClosed("n/0/a");
    node.counted = { "n/0/a": { one: 3 } };
    expect(await node.settle()).toBe(true);
    expect(node.closed).toEqual([[killed, "one", 3]]);
  });

  it("counts what it gave out without the server once, with whichever run settles it", async () => {
    const node = new Node();
    node.lives.sourceStarted("n/0/a");
    node.lives.leased([lease("taken over"), lease("left")]);
    const first = node.restart();
    node.lives.sourceStarted("n/0/b");
    node.lives.leased([lease("taken over", 30)]);
    const second = node.restart();
    for (const source of ["n/0/a", "n/0/b"]) node.lives.sourceClosed(source);
    node.counted = { "n/0/a": { "taken over": 50, left: 40 }, "n/0/b": { "taken over": 7 } };
    await node.settle();
    expect(node.closed).toEqual([
      [first, "left", 40],
      [first, "taken over", 20],
      [second, "taken over", 37],
    ]);
    expect(node.forgotten).toEqual(["left", "taken over"]);
  });

  it("is not known any more by what it leased in periods that have ended", () => {
    const node = new Node();
    const { lives } = node;
    lives.leased([lease("ended"), { ...lease("open"), endsUnixMs: ENDS + 1 }]);
    lives.forgetEnded(ENDS);
    expect(lives.leasesOf(lives.own, 0).map(({ counter }) => counter)).toEqual(["open"]);
  });

  it("is not settled after the machine was started anew: events may be lost with its memory", async () => {
    const node = new Node();
    node.lives.sourceStarted("n/0/a");
    node.lives.leased([lease("one")]);
    node.restart("another boot");
    expect(await node.settle()).toBe(true);
    expect(node.closed).toEqual([]);
  });
});
