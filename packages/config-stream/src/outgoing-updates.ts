import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { StreamConfigResponseSchema } from "@tollgate/proto/discovery";
import { Encoded } from "@tollgate/proto/grpc";
import { cut } from "./pieces.ts";
import type { Release } from "./releases.ts";

/** Nodes that are sent the same within this time share its bytes. */
const KEPT_MS = 1_000;
/** Most updates that are compared with a new one: few differ at any time, whatever the number of nodes. */
const KEPT_MAX = 8;

/** What an update brings a node to. */
interface Goal {
  readonly version: number;
  readonly setDigest: Buffer;
  /** Names of artifacts that are sent, or removed. */
  readonly names: readonly string[];
  readonly changedKeys: readonly string[];
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((name, i) => name === b[i]));

/** OutgoingUpdate is one update in pieces. Each is encoded when it is first sent, and all nodes that are sent it get the same bytes. */
export class OutgoingUpdate {
  readonly nonce = randomUUID();
  readonly #goal: Goal;
  readonly #pieces: (MessageInitShape<typeof StreamConfigResponseSchema> | Encoded)[];

  constructor({ version, artifacts }: Release, goal: Goal) {
    this.#goal = goal;
    const { setDigest, changedKeys } = goal;
    const pieces = cut(goal.names, artifacts);
    const end = { last: true, setDigest, changedKeys: [...changedKeys] };
    const common = { version: BigInt(version), nonce: this.nonce };
    this.#pieces =
      pieces.length === 0
        ? [{ ...common, ...end }]
        : pieces.map((piece, i) => ({
            ...common,
            ...piece,
            ...(i === pieces.length - 1 ? end : { last: false }),
          }));
  }

  get pieceCount(): number {
    return this.#pieces.length;
  }

  piece(i: number): Encoded {
    const piece = this.#pieces[i];
    if (piece instanceof Encoded) return piece;
    return (this.#pieces[i] = new Encoded(StreamConfigResponseSchema, piece ?? {}));
  }

  /** Whether it brings a node to the same. The set's digest covers the content of all artifacts. */
  isFor({ version, setDigest, names, changedKeys }: Goal): boolean {
    const own = this.#goal;
    return (
      version === own.version &&
      setDigest.equals(own.setDigest) &&
      same(names, own.names) &&
      same(changedKeys, own.changedKeys)
    );
  }
}

/** OutgoingUpdates build the updates of all nodes of a control plane. */
export class OutgoingUpdates {
  #kept: OutgoingUpdate[] = [];
  #forgetting: NodeJS.Timeout | undefined;

  /** of returns an update with the named artifacts as they are now; those that the release does not have are removed. */
  of(release: Release, names: readonly string[], changedKeys: readonly string[]): OutgoingUpdate {
    const { version, artifacts } = release;
    const goal = { version, setDigest: artifacts.setDigest, names, changedKeys };
    const known = this.#kept.find((update) => update.isFor(goal));
    if (known) return known;
    const update = new OutgoingUpdate(release, goal);
    this.#kept = [update, ...this.#kept.slice(0, KEPT_MAX - 1)];
    this.#forgetting ??= setTimeout(() => {
      this.#forgetting = undefined;
      this.#kept = [];
    }, KEPT_MS).unref();
    return update;
  }

  close(): void {
    clearTimeout(this.#forgetting);
    this.#kept = [];
  }
}
