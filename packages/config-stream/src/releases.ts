import { ArtifactSet } from "./artifact.ts";
import type { Release } from "./node-session.ts";

/**
 * Releases are the versions of the config that nodes may have at one time: the newest one, and, if it goes out in waves, the stable one that
 * nodes keep until their wave comes, and the candidate that is going out.
 */
export class Releases {
  readonly newest: Release = { artifacts: new ArtifactSet(), version: 0 };
  readonly #isStaged: boolean;
  #stable: Release | undefined;
  #candidate: Release | undefined;
  #members: ReadonlySet<string> = new Set();
  #isPublished = false;

  constructor({ isStaged }: { readonly isStaged: boolean }) {
    this.#isStaged = isStaged;
  }

  /** published says that `newest` has a new version. What changed nothing for the nodes needs no rollout. */
  published(): void {
    this.#isPublished = true;
    if (this.#stable && !this.#candidate && !this.isBehind) this.#stable.version = this.newest.version;
  }

  /** Whether the newest version differs from what all nodes may have. */
  get isBehind(): boolean {
    return (
      this.#stable !== undefined && !this.#stable.artifacts.setDigest.equals(this.newest.artifacts.setDigest)
    );
  }

  get stableVersion(): number {
    return this.#stable?.version ?? 0;
  }

  /** The release of a node. undefined: it keeps what it has. A process that started during a rollout does not know the stable one. */
  of(nodeId: string, hasConfig: boolean): Release | undefined {
    if (!this.#isPublished) return undefined;
    if (!this.#isStaged) return this.newest;
    if (this.#candidate && this.#members.has(nodeId)) return this.#candidate;
    return this.#stable ?? (hasConfig ? undefined : this.newest);
  }

  /** stage lets so many nodes have the candidate, which is the newest version when a rollout begins. */
  stage(members: ReadonlySet<string>): void {
    this.#candidate ??= copyOf(this.newest);
    this.#members = members;
  }

  /**
   * finish makes the candidate the stable release. Without one, the newest version becomes the stable one if there is none, or if it has ended
   * a rollout to `version` that this process has missed.
   */
  finish(version: number): void {
    const isMissed = (this.#stable?.version ?? -1) < version && this.newest.version >= version;
    if (this.#candidate) this.#stable = this.#candidate;
    else if (isMissed) this.#stable = copyOf(this.newest);
    this.#candidate = undefined;
  }

  /** withdraw gives up the candidate: its nodes go back to the stable version. */
  withdraw(): void {
    this.#candidate = undefined;
  }
}

const copyOf = ({ artifacts, version }: Release): Release => ({ artifacts: artifacts.clone(), version });
