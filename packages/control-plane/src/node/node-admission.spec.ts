import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Denial, JoinedNode } from "@tollgate/config-stream";
import { RpcCode } from "@tollgate/proto/rpc";
import { openEmbeddedNodeStore } from "./embedded-node-store.ts";
import { NodeAdmission } from "./node-admission.ts";
import { claimOf } from "./node-store.contract.ts";
import type { NodeStore } from "./node-store.ts";

/** A node's process as its control plane sees it. */
class FakeNode implements JoinedNode {
  readonly facts;
  isClosed = false;
  ended: Denial | undefined;
  /** Whether it responds to a probe. */
  responds = true;

  constructor(bootId: string, version = 0) {
    this.facts = {
      nodeId: "n",
      bootId,
      host: `host-of-${bootId}`,
      pid: 7,
      labels: {},
      softwareVersion: "1",
      workerCount: 1,
      version,
    };
  }

  async probe(): Promise<boolean> {
    return this.responds;
  }

  end(denial: Denial): void {
    this.isClosed = true;
    this.ended = denial;
  }
}

let store: NodeStore;
let storeRevision = 100;
let reached: () => Promise<boolean>;
beforeEach(() => {
  store = openEmbeddedNodeStore({ file: ":memory:" });
  storeRevision = 100;
  reached = async () => true;
});

afterEach(() => void vi.useRealTimers());

/** A control plane of a cluster; all share the store. */
async function startPlane(plane: string, given: NodeStore = store) {
  const admission = new NodeAdmission({
    store: given,
    plane,
    version: () => 50,
    reached: () => reached(),
    storeRevision: async () => storeRevision,
    retentionMs: 60_000,
    nowUnixMs: () => 1_000,
  });
  await given.report({ plane, nodes: {} }).catch(() => undefined);
  return admission;
}
/** The store of all, with some of its operations replaced. */
const changedStore = (given: Partial<NodeStore>): NodeStore => ({
  ...openEmbeddedNodeStore({ file: ":memory:" }),
  state: store.state,
  onChange: (listener) => store.onChange(listener),
  get: (id) => store.get(id),
  write: (...args) => store.write(...args),
  report: (report) => store.report(report),
  ...given,
});
/** Lets a control plane tidy up after each change, as its directory does. */
function follow(plane: NodeAdmission): void {
  let due: NodeJS.Immediate | undefined;
  store.onChange(() => {
    due ??= setImmediate(() => {
      due = undefined;
      void plane.tidy();
    });
  });
}
const claim = () => store.state.claims.get("n")?.claim;
const refusal = (admission: NodeAdmission, node: FakeNode) =>
  admission.admit(node).then(
    () => "admitted",
    (denial: Denial) => denial,
  );

describe("a second process with the node id of one that is connected", () => {
  it("is refused while the first responds, with a message that says where it is", async () => {
    const plane = await startPlane("A");
    const first = new FakeNode("one");
    await plane.admit(first);
    const second = new FakeNode("two");
    expect(await refusal(plane, second)).toMatchObject({
      code: RpcCode.ALREADY_EXISTS,
      details: expect.stringMatching(/belongs to process 7 on host-of-one.*TOLLGATE_NODE_ID/) as string,
    });
    expect(first.ended).toBeUndefined();
    expect(claim()).toMatchObject({ bootId: "one", plane: "A" });
  });

  it("is admitted when the first does not respond, whose stream ends", async () => {
    const plane = await startPlane("A");
    const first = new FakeNode("one");
    await plane.admit(first);
    first.responds = false;
    expect(await refusal(plane, new FakeNode("two"))).toBe("admitted");
    expect(first.ended).toMatchObject({ code: RpcCode.ABORTED });
    expect(claim()).toMatchObject({ bootId: "two" });
  });

  it("is admitted once the stream of the first has ended", async () => {
    const plane = await startPlane("A");
    const first = new FakeNode("one");
    await plane.admit(first);
    plane.gone(first, false);
    expect(await refusal(plane, new FakeNode("two"))).toBe("admitted");
  });
});

describe("over two control planes", () => {
  it("a second process is refused while the first responds to its control plane", async () => {
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    follow(a);
    const first = new FakeNode("one");
    await a.admit(first);
    expect(await refusal(b, new FakeNode("two"))).toMatchObject({ code: RpcCode.ALREADY_EXISTS });
    expect(first.ended).toBeUndefined();
    expect(claim()).toMatchObject({ bootId: "one", plane: "A" });
    expect(claim()).not.toHaveProperty("question");
  });

  it("a second process is admitted when the first does not respond to its control plane", async () => {
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    follow(a);
    const first = new FakeNode("one");
    await a.admit(first);
    first.responds = false;
    expect(await refusal(b, new FakeNode("two"))).toBe("admitted");
    expect(first.ended).toMatchObject({ code: RpcCode.ABORTED });
    expect(claim()).toMatchObject({ bootId: "two", plane: "B" });
  });

  it("a process that has moved is admitted at once, and what is left of its old stream ends", async () => {
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    const before = new FakeNode("one");
    await a.admit(before);
    expect(await refusal(b, new FakeNode("one"))).toBe("admitted");
    await a.tidy();
    expect(before.ended).toMatchObject({ code: RpcCode.ABORTED });
    expect(claim()).toMatchObject({ bootId: "one", plane: "B" });
  });

  it("a second process is refused when the control plane of the first does not respond", async () => {
    vi.useFakeTimers();
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    await a.admit(new FakeNode("one"));
    const refused = refusal(b, new FakeNode("two"));
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await refused).toMatchObject({ code: RpcCode.ALREADY_EXISTS });
  });

  it("a process is not refused because another one asks for the same node id at the same time", async () => {
    vi.useFakeTimers();
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    const first = new FakeNode("one");
    await a.admit(first);
    first.responds = false;
    const outcome = refusal(b, new FakeNode("two"));
    await vi.advanceTimersByTimeAsync(1);
    expect(claim()?.question).toBeDefined();
    const asked = await store.get("n");
    if (!asked) throw new Error("there is no claim");
    await store.write("n", { ...asked.claim, question: "by another control plane" }, asked.modRevision);
    await vi.advanceTimersByTimeAsync(1_000);
    await a.tidy();
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(await outcome).toBe("admitted");
    expect(claim()).toMatchObject({ bootId: "two", plane: "B" });
  });

  it("a process is admitted as soon as the one before is removed, because it had said that it stops", async () => {
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    const first = new FakeNode("one");
    await a.admit(first);
    a.gone(first, true);
    follow(a);
    expect(await refusal(b, new FakeNode("two"))).toBe("admitted");
    expect(claim()).toMatchObject({ bootId: "two", plane: "B" });
  });

  it("nodes of a control plane that has ended are missing, and their ids are free", async () => {
    vi.useFakeTimers();
    const b = await startPlane("B");
    await store.write("n", claimOf("n", { bootId: "one", plane: "A" }), 0);
    await b.tidy();
    expect(claim()?.missingSinceUnixMs).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    await b.tidy();
    vi.useRealTimers();
    expect(claim()?.missingSinceUnixMs).toBe(1_000);
    expect(await refusal(b, new FakeNode("two"))).toBe("admitted");
  });

  it("a node that another control plane took for missing is registered again", async () => {
    const a = await startPlane("A");
    await a.admit(new FakeNode("one"));
    const claimed = await store.get("n");
    if (!claimed) throw new Error("there is no claim");
    await store.write("n", { ...claimed.claim, missingSinceUnixMs: 5 }, claimed.modRevision);
    await a.tidy();
    expect(claim()?.missingSinceUnixMs).toBeUndefined();
  });
});

describe("a node whose claim is gone, as after the store was restored", () => {
  it("is registered again", async () => {
    const plane = await startPlane("A");
    await plane.admit(new FakeNode("one"));
    await store.write("n", undefined, (await store.get("n"))?.modRevision ?? 0);
    await plane.tidy();
    expect(claim()).toMatchObject({ bootId: "one", plane: "A" });
  });

  it("is not written again where this control plane has only not seen it yet", async () => {
    const late = { ...changedStore({}), state: { ...store.state, claims: new Map() } };
    const plane = await startPlane("A", late);
    await plane.admit(new FakeNode("one"));
    const before = await store.get("n");
    await plane.tidy();
    expect(await store.get("n")).toEqual(before);
  });
});

describe("a node whose stream ends", () => {
  it("is missing, until it is forgotten", async () => {
    const plane = await startPlane("A");
    const node = new FakeNode("one");
    await plane.admit(node);
    plane.gone(node, false);
    await plane.tidy();
    expect(claim()?.missingSinceUnixMs).toBe(1_000);
    const claimed = await store.get("n");
    await store.write("n", claimOf("n", { missingSinceUnixMs: -100_000 }), claimed?.modRevision ?? 0);
    await plane.tidy();
    expect(claim()).toBeUndefined();
  });

  it("is not missing if it said that it stops", async () => {
    const plane = await startPlane("A");
    const node = new FakeNode("one");
    await plane.admit(node);
    plane.gone(node, true);
    await plane.tidy();
    expect(claim()).toBeUndefined();
  });

  it("is not missing if it said so while its claim was being written again", async () => {
    let conflicts = 0;
    const plane = await startPlane(
      "A",
      changedStore({ write: async (...args) => (conflicts-- > 0 ? undefined : await store.write(...args)) }),
    );
    const node = new FakeNode("one");
    await plane.admit(node);
    plane.gone(node, true);
    conflicts = 1;
    await plane.tidy();
    expect(claim()).toMatchObject({ bootId: "one" });
    await plane.tidy();
    expect(claim()).toBeUndefined();
  });

  it("while it is being registered late does not keep its id", async () => {
    let isAway = true;
    const node = new FakeNode("one");
    const plane = await startPlane(
      "A",
      changedStore({
        get: (id) => (isAway ? Promise.reject(new Error("etcd is away")) : store.get(id)),
        async write(...args) {
          const written = await store.write(...args);
          node.isClosed = true;
          plane.gone(node, true);
          return written;
        },
      }),
    );
    await plane.admit(node);
    isAway = false;
    await plane.tidy();
    await plane.tidy();
    expect(claim()).toBeUndefined();
  });

  it("while a store that does not respond registers it late does not keep its id", async () => {
    vi.useFakeTimers();
    const landing = Promise.withResolvers<void>();
    const plane = await startPlane(
      "A",
      changedStore({
        async write(...args) {
          await landing.promise;
          return store.write(...args);
        },
      }),
    );
    const node = new FakeNode("one");
    const admitted = plane.admit(node);
    await vi.advanceTimersByTimeAsync(0);
    node.isClosed = true;
    plane.gone(node, true);
    await vi.advanceTimersByTimeAsync(2_000);
    await admitted;
    vi.useRealTimers();
    landing.resolve();
    await vi.waitFor(() => expect(claim()).toMatchObject({ bootId: "one" }), { timeout: 20_000 });
    await plane.tidy();
    expect(claim()).toBeUndefined();
  });

  it("while it is being admitted does not keep its id", async () => {
    const plane = await startPlane("A");
    const node = new FakeNode("one");
    const admitted = plane.admit(node);
    node.isClosed = true;
    await admitted;
    await plane.tidy();
    expect(claim()?.missingSinceUnixMs).toBe(1_000);
  });
});

describe("a store that does not respond", () => {
  it("holds up neither a process that comes nor what is tidied", async () => {
    vi.useFakeTimers();
    let hangs = false;
    const plane = await startPlane(
      "A",
      changedStore({ write: (...args) => (hangs ? new Promise(() => undefined) : store.write(...args)) }),
    );
    await store.write("n", claimOf("n", { bootId: "one", plane: "B" }), 0);
    await store.report({ plane: "B", nodes: {} });
    hangs = true;
    const admitted = refusal(plane, new FakeNode("two"));
    const tidied = plane.tidy().catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await admitted).toBe("admitted");
    await tidied;
    const again = plane.tidy().catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(2_000);
    vi.useRealTimers();
    expect(await again).toMatch(/no response within/);
  });
});

describe("while the store is away", () => {
  const away = () =>
    changedStore({
      get: (id) => (isAway ? Promise.reject(new Error("etcd is away")) : store.get(id)),
      write: (...args) => (isAway ? Promise.reject(new Error("etcd is away")) : store.write(...args)),
    });
  let isAway = true;
  beforeEach(() => {
    isAway = true;
  });

  it("nodes are served, a second process of one control plane is refused, and they are registered later", async () => {
    const plane = await startPlane("A", away());
    expect(await refusal(plane, new FakeNode("one"))).toBe("admitted");
    expect(await refusal(plane, new FakeNode("two"))).toMatchObject({ code: RpcCode.ALREADY_EXISTS });
    isAway = false;
    await plane.tidy();
    expect(claim()).toMatchObject({ bootId: "one", plane: "A" });
  });

  it("a second process of another control plane is served, and refused later", async () => {
    const plane = await startPlane("A", away());
    const other = await startPlane("B");
    follow(other);
    await other.admit(new FakeNode("one"));
    const second = new FakeNode("two");
    expect(await refusal(plane, second)).toBe("admitted");
    isAway = false;
    await plane.tidy();
    expect(second.ended).toMatchObject({ code: RpcCode.ALREADY_EXISTS });
    expect(claim()).toMatchObject({ bootId: "one", plane: "B" });
  });
});

describe("a node that has a newer config than this control plane", () => {
  it("waits until it is read", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    reached = () => promise;
    const plane = await startPlane("A");
    let isAdmitted = false;
    const admitted = plane.admit(new FakeNode("one", 80)).then(() => {
      isAdmitted = true;
    });
    await new Promise((done) => setImmediate(done));
    expect(isAdmitted).toBe(false);
    resolve(true);
    await admitted;
  });

  it("is refused if it takes too long", async () => {
    reached = async () => false;
    const plane = await startPlane("A");
    expect(await refusal(plane, new FakeNode("one", 80))).toMatchObject({ code: RpcCode.UNAVAILABLE });
  });

  it("is served if the store is older: it was replaced", async () => {
    reached = () => new Promise(() => undefined);
    storeRevision = 60;
    const plane = await startPlane("A");
    expect(await refusal(plane, new FakeNode("one", 80))).toBe("admitted");
  });
});
