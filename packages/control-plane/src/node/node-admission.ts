import { randomUUID } from "node:crypto";
import type { Denial, JoinedNode } from "@tollgate/config-stream";
import { RpcCode } from "@tollgate/proto/rpc";
import type { Claimed, NodeClaim, NodeStore } from "./node-store.ts";
import { inTime, nextChange } from "./node-waits.ts";

/** A process that does not respond within this time has ended, or cannot be reached. */
const PROBE_TIMEOUT_MS = 2_000;
/** How long another control plane may take to ask its node. */
const QUESTION_TIMEOUT_MS = PROBE_TIMEOUT_MS + 1_500;
/** How often a claim with a question is read again, in case its change was not seen. */
const ANSWER_CHECK_MS = 500;
/** If the store takes longer, the node is served first and registered afterwards. */
const STORE_TIMEOUT_MS = 1_500;
/** How long a node waits until this control plane has read what the node already has. */
const CATCH_UP_TIMEOUT_MS = 5_000;
/** A control plane whose report is absent for so long has ended. The reports of all are absent for a moment after etcd was away. */
const PLANE_ENDED_AFTER_MS = 1_500;
/** Attempts to write a claim that others write at the same time. */
const ATTEMPTS = 10;

class Denied extends Error implements Denial {
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

const denial = (code: number, details: string) => new Denied(code, details);
const isDenial = (error: unknown): error is Denied => error instanceof Denied;

export interface NodeAdmissionOptions {
  readonly store: NodeStore;
  /** Id of this control plane. */
  readonly plane: string;
  /** The version that this control plane has published. */
  readonly version: () => number;
  /** Resolves to whether it has published a version within a time. */
  readonly reached: (version: number, timeoutMs: number) => Promise<boolean>;
  /** The newest revision of the config store. */
  readonly storeRevision: () => Promise<number>;
  /** How long missing nodes are remembered. */
  readonly retentionMs: number;
  readonly nowUnixMs: () => number;
}

/** A node that is connected to this control plane. */
interface Held {
  readonly node: JoinedNode;
  readonly connectUnixMs: number;
  /** When this control plane wrote its claim; 0: it is not registered yet. */
  modRevision: number;
}

/**
 * NodeAdmission decides which process has a node id, together with the other control planes, and keeps the claims of its own nodes. A
 * claim belongs to the control plane that it names; another one replaces it only if the process is the same, is missing, or does not
 * respond when it is asked.
 */
export class NodeAdmission {
  readonly #options: NodeAdmissionOptions;
  readonly #held = new Map<string, Held>();
  /** Ids whose claims this control plane is writing: the write can be seen before it is known to have succeeded. */
  readonly #claiming = new Set<string>();
  /** Boot ids of the nodes that said that they stop, whose claims are not removed yet. */
  readonly #left = new Map<string, string>();
  /** Since when the reports of control planes that claims name are absent. */
  readonly #absentSinceMs = new Map<string, number>();

  constructor(options: NodeAdmissionOptions) {
    this.#options = options;
  }

  /** admit rejects with a Denial if another process with this node id is alive, or if this control plane would take the node back to an older config. */
  async admit(node: JoinedNode): Promise<void> {
    try {
      await this.#claim(node);
    } catch (error) {
      if (isDenial(error)) throw error;
      // Without the store, nodes are served all the same. Only those of this control plane are distinguished then.
      const other = this.#held.get(node.facts.nodeId);
      if (other && !isSameProcess(other.node, node)) await this.#ask(other);
      if (!node.isClosed) this.#hold(node, 0);
    }
    if (node.isClosed) this.gone(node, false);
    else if (node.facts.version > this.#options.version()) await this.#catchUp(node.facts.version);
  }

  /** gone is called when the stream of a node has ended. */
  gone(node: JoinedNode, leaves: boolean): void {
    const { nodeId, bootId } = node.facts;
    const held = this.#held.get(nodeId);
    if (held && held.node !== node) return;
    this.#held.delete(nodeId);
    if (leaves) this.#left.set(nodeId, bootId);
  }

  /** tidy brings the claims to what is connected. It is called after changes and from time to time, so that it may fail. */
  async tidy(): Promise<void> {
    const { store, plane } = this.#options;
    this.#noticeAbsence();
    const claims = [...store.state.claims.values()];
    for (const { claim, modRevision } of claims)
      if (this.#claiming.has(claim.nodeId)) continue;
      else if (this.#held.has(claim.nodeId)) await this.#reconsider(claim, modRevision);
      else if (claim.missingSinceUnixMs !== undefined) await this.#forgetLate(claim, modRevision);
      else if (claim.plane === plane && this.#left.get(claim.nodeId) === claim.bootId)
        await this.#removeLeft(claim, modRevision);
      else if (claim.plane === plane || this.#hasEnded(claim.plane))
        await this.#markMissing(claim, modRevision);
    await this.#findLost();
    const unregistered = [...this.#held.values()].filter((held) => held.modRevision === 0);
    for (const held of unregistered)
      await this.#claim(held.node).catch((error: unknown) => {
        if (isDenial(error)) held.node.end(error);
        else throw error;
      });
  }

  /** A claim that was written meanwhile is removed the next time. */
  async #removeLeft({ nodeId, bootId }: NodeClaim, modRevision: number): Promise<void> {
    const removed = await this.#write(nodeId, undefined, modRevision);
    if (removed !== undefined && this.#left.get(nodeId) === bootId) this.#left.delete(nodeId);
  }

  /** Nodes whose claims are gone, as after the store was restored, are registered again: the other control planes would not know them. */
  async #findLost(): Promise<void> {
    const { store } = this.#options;
    for (const [nodeId, held] of this.#held) {
      if (held.modRevision === 0 || store.state.claims.has(nodeId)) continue;
      // What is not seen yet is not lost.
      if (!(await inTime(store.get(nodeId), STORE_TIMEOUT_MS))) held.modRevision = 0;
    }
  }

  /** A store that does not respond must hold up nobody for good. */
  #write(nodeId: string, claim: NodeClaim | undefined, modRevision: number): Promise<number | undefined> {
    return inTime(this.#options.store.write(nodeId, claim, modRevision), STORE_TIMEOUT_MS);
  }

  #noticeAbsence(): void {
    const { claims, reports } = this.#options.store.state;
    const named = new Set([...claims.values()].map(({ claim }) => claim.plane));
    for (const plane of this.#absentSinceMs.keys())
      if (!named.has(plane) || reports.has(plane)) this.#absentSinceMs.delete(plane);
    // Without its own report, this process has not read the newest state.
    if (!reports.has(this.#options.plane)) this.#absentSinceMs.clear();
    else
      for (const plane of named)
        if (!reports.has(plane) && !this.#absentSinceMs.has(plane))
          this.#absentSinceMs.set(plane, performance.now());
  }

  #hasEnded(plane: string): boolean {
    const sinceMs = this.#absentSinceMs.get(plane);
    return sinceMs !== undefined && performance.now() - sinceMs >= PLANE_ENDED_AFTER_MS;
  }

  /** What another control plane has written to the claim of a node that is connected to this one. */
  async #reconsider(claim: NodeClaim, modRevision: number): Promise<void> {
    const { plane } = this.#options;
    const held = this.#held.get(claim.nodeId);
    if (!held || held.modRevision === 0 || modRevision <= held.modRevision) return;
    const isElsewhere = claim.bootId !== held.node.facts.bootId || claim.plane !== plane;
    if (isElsewhere && claim.missingSinceUnixMs === undefined) {
      // This end of the connection is what is left of it: the node, or another process, is connected elsewhere.
      this.#held.delete(claim.nodeId);
      held.node.end(denial(RpcCode.ABORTED, `node ${claim.nodeId} is connected to ${claim.plane}`));
      return;
    }
    if (claim.question !== undefined && !(await held.node.probe(PROBE_TIMEOUT_MS))) {
      held.node.end(denial(RpcCode.ABORTED, `node ${claim.nodeId} did not respond`));
      await this.#markMissing(claim, modRevision);
      return;
    }
    if (held.node.isClosed) return;
    const written = await this.#write(claim.nodeId, this.#claimOf(held), modRevision);
    if (written !== undefined) held.modRevision = written;
  }

  async #forgetLate({ nodeId, missingSinceUnixMs = 0 }: NodeClaim, modRevision: number): Promise<void> {
    const { retentionMs, nowUnixMs } = this.#options;
    if (nowUnixMs() - missingSinceUnixMs > retentionMs) await this.#write(nodeId, undefined, modRevision);
  }

  async #markMissing({ question: _question, ...claim }: NodeClaim, modRevision: number): Promise<void> {
    const { store, nowUnixMs } = this.#options;
    const reported = store.state.reports.get(claim.plane)?.nodes[claim.nodeId];
    const appliedVersion = reported?.appliedVersion ?? claim.appliedVersion;
    const missing = { ...claim, appliedVersion, missingSinceUnixMs: nowUnixMs() };
    await this.#write(claim.nodeId, missing, modRevision);
  }

  #claimOf({ node, connectUnixMs }: Held): NodeClaim {
    const { version: appliedVersion, ...facts } = node.facts;
    return { ...facts, plane: this.#options.plane, connectUnixMs, appliedVersion };
  }

  /** Rejects with a Denial if another process has the node id, with anything else if the store cannot be reached. */
  async #claim(node: JoinedNode): Promise<void> {
    const { store } = this.#options;
    const { nodeId } = node.facts;
    for (let attempt = 0; attempt < ATTEMPTS && !node.isClosed; attempt++) {
      const existing = await inTime(store.get(nodeId), STORE_TIMEOUT_MS);
      if (existing && !this.#mayReplace(existing.claim, node)) {
        await this.#challenge(existing);
        continue;
      }
      const held = this.#held.get(nodeId);
      const mine = held?.node === node ? held : this.#newHeld(node);
      if (await this.#take(mine, existing?.modRevision ?? 0)) return;
    }
    throw denial(RpcCode.UNAVAILABLE, `node ${nodeId} is being registered by another control plane`);
  }

  async #take(held: Held, modRevision: number): Promise<boolean> {
    const { nodeId } = held.node.facts;
    this.#claiming.add(nodeId);
    try {
      const written = await this.#write(nodeId, this.#claimOf(held), modRevision);
      // The claim of a node that has gone meanwhile is brought to that by the next tidying.
      if (written !== undefined && !held.node.isClosed) this.#hold(held.node, written);
      return written !== undefined;
    } finally {
      this.#claiming.delete(nodeId);
    }
  }

  #newHeld(node: JoinedNode): Held {
    return { node, connectUnixMs: this.#options.nowUnixMs(), modRevision: 0 };
  }

  /** Of two streams of one process, the later one is the node. */
  #hold(node: JoinedNode, modRevision: number): void {
    const { nodeId } = node.facts;
    const before = this.#held.get(nodeId);
    if (before?.node === node) {
      before.modRevision = modRevision;
      return;
    }
    this.#left.delete(nodeId);
    this.#held.set(nodeId, { ...this.#newHeld(node), modRevision });
    before?.node.end(denial(RpcCode.ABORTED, `node ${nodeId} has connected again`));
  }

  #mayReplace(claim: NodeClaim, node: JoinedNode): boolean {
    if (claim.bootId === node.facts.bootId || claim.bootId === "") return true;
    if (claim.missingSinceUnixMs !== undefined) return true;
    return claim.plane === this.#options.plane ? !this.#held.has(claim.nodeId) : this.#hasEnded(claim.plane);
  }

  /** Rejects with a Denial if the process of a claim is alive. */
  async #challenge({ claim, modRevision }: Claimed): Promise<void> {
    const { plane } = this.#options;
    const { nodeId, bootId } = claim;
    const held = this.#held.get(nodeId);
    if (claim.plane === plane && held) return this.#ask(held);
    const asked = await this.#write(nodeId, { ...claim, question: randomUUID() }, modRevision);
    if (asked === undefined) return;
    const answer = await this.#answerTo(nodeId, asked);
    if (answer === undefined) throw isTaken(claim, `; ${claim.plane} does not respond, so it may have ended`);
    if (answer.claim?.bootId === bootId && answer.claim.missingSinceUnixMs === undefined)
      throw isTaken(claim);
  }

  /** What became of a claim after a question; without `claim`, it was removed. undefined: nobody has responded. Somebody else's question is no response. */
  async #answerTo(nodeId: string, asked: number): Promise<{ readonly claim?: NodeClaim } | undefined> {
    const { store } = this.#options;
    const endMs = performance.now() + QUESTION_TIMEOUT_MS;
    while (performance.now() < endMs) {
      const now = await inTime(store.get(nodeId), STORE_TIMEOUT_MS);
      if (!now) return {};
      if (now.modRevision !== asked && now.claim.question === undefined) return { claim: now.claim };
      await nextChange(store, ANSWER_CHECK_MS);
    }
    return undefined;
  }

  /** Rejects with a Denial if a node of this control plane is alive, else ends its stream. */
  async #ask(held: Held): Promise<void> {
    const { nodeId } = held.node.facts;
    if (await held.node.probe(PROBE_TIMEOUT_MS)) throw isTaken(this.#claimOf(held));
    if (this.#held.get(nodeId) === held) this.#held.delete(nodeId);
    held.node.end(denial(RpcCode.ABORTED, `node ${nodeId} did not respond`));
  }

  /** A node never goes back to an older config, because its control plane is late. It does if the store was replaced by an older one. */
  async #catchUp(version: number): Promise<void> {
    const { reached, storeRevision, version: own } = this.#options;
    const stored = await inTime(storeRevision(), CATCH_UP_TIMEOUT_MS).catch(() => version);
    if (stored < version) return;
    if (await reached(version, CATCH_UP_TIMEOUT_MS)) return;
    throw denial(
      RpcCode.UNAVAILABLE,
      `this control plane has read revision ${own()}; the node already has ${version}`,
    );
  }
}

const isSameProcess = (one: JoinedNode, other: JoinedNode): boolean =>
  one.facts.bootId === other.facts.bootId;

const isTaken = ({ nodeId, pid, host, plane, connectUnixMs }: NodeClaim, more = ""): Denied =>
  denial(
    RpcCode.ALREADY_EXISTS,
    `the node id ${nodeId} belongs to process ${pid} on ${host}, connected to ${plane} since ${new Date(connectUnixMs).toISOString()}${more}; set TOLLGATE_NODE_ID so that each node has its own`,
  );
