import { ArtifactSet } from "./artifact.ts";

/** Release is a version of the config: all its artifacts. */
export interface Release {
  readonly artifacts: ArtifactSet;
  version: number;
}

/** Placement says which nodes are to have which version. */
export interface Placement {
  /** What nodes have that are not members. undefined: it is not known; they keep what they have. */
  readonly stable: Release | undefined;
  /** What members have. undefined: no version is going out. */
  readonly candidate: Release | undefined;
  readonly members: ReadonlySet<string>;
}

/**
 * Releases are the versions of the config that nodes may have at one time: the newest one, or, if versions go out in waves, what the
 * placement says. Before it is placed, nodes keep what they have.
 */
export class Releases {
  readonly newest: Release = { artifacts: new ArtifactSet(), version: 0 };
  readonly #isStaged: boolean;
  #placement: Placement | undefined;
  #isPublished = false;

  constructor({ isStaged }: { readonly isStaged: boolean }) {
    this.#isStaged = isStaged;
  }

  /** published says that `newest` has a new version. */
  published(): void {
    this.#isPublished = true;
    this.#raise();
  }

  place(placement: Placement): void {
    this.#placement = placement;
    this.#raise();
  }

  /** The release of a node. undefined: it keeps what it has. */
  of(nodeId: string, hasConfig: boolean): Release | undefined {
    if (!this.#isPublished) return undefined;
    if (!this.#isStaged) return this.newest;
    if (!this.#placement) return undefined;
    const { stable, candidate, members } = this.#placement;
    if (candidate && members.has(nodeId)) return candidate;
    return stable ?? (hasConfig ? undefined : this.newest);
  }

  /** A version that changes nothing for the nodes needs no rollout: they have it already. */
  #raise(): void {
    const { stable, candidate } = this.#placement ?? {};
    if (!stable || candidate || stable.version >= this.newest.version) return;
    if (stable.artifacts.setDigest.equals(this.newest.artifacts.setDigest))
      stable.version = this.newest.version;
  }
}
