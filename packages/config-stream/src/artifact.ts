import { createHash } from "node:crypto";

/** Artifact is a named sequence of bytes that nodes should have. The stream does not interpret the bytes. */
export interface Artifact {
  readonly name: string;
  /** SHA-256 of the content. */
  readonly digest: Buffer;
  readonly content: Buffer;
}

const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function createArtifact(name: string, content: Buffer): Artifact {
  return { name, digest: sha256(content), content };
}

/** hasContent checks received bytes against their digest. */
export const hasContent = ({ digest, content }: Artifact): boolean => sha256(content).equals(digest);

/** SetDigest is the XOR of SHA-256(name, digest) over a set of artifacts: adding and removing are the same cheap operation. */
class SetDigest {
  readonly #sum = Buffer.alloc(32);

  toggle({ name, digest }: Pick<Artifact, "name" | "digest">): void {
    const term = sha256(name, digest);
    for (let i = 0; i < 32; i++) this.#sum[i] = (this.#sum[i] as number) ^ (term[i] as number);
  }

  add(other: SetDigest): void {
    for (let i = 0; i < 32; i++) this.#sum[i] = (this.#sum[i] as number) ^ (other.#sum[i] as number);
  }

  get value(): Buffer {
    return Buffer.from(this.#sum);
  }
}

/** ArtifactSet is a map of artifacts that knows its set digest. */
export class ArtifactSet {
  readonly #byName = new Map<string, Artifact>();
  readonly #digest = new SetDigest();

  get(name: string): Artifact | undefined {
    return this.#byName.get(name);
  }

  set(artifact: Artifact): void {
    this.delete(artifact.name);
    this.#byName.set(artifact.name, artifact);
    this.#digest.toggle(artifact);
  }

  delete(name: string): void {
    const old = this.#byName.get(name);
    if (!old) return;
    this.#digest.toggle(old);
    this.#byName.delete(name);
  }

  /** clone returns a set that does not change with this one. */
  clone(): ArtifactSet {
    const copy = new ArtifactSet();
    for (const [name, artifact] of this.#byName) copy.#byName.set(name, artifact);
    copy.#digest.add(this.#digest);
    return copy;
  }

  /** differsFrom returns the names of the artifacts that only one of two sets has, or that differ. */
  differsFrom(other: ArtifactSet): readonly string[] {
    const own = [...this.#byName.values()].filter(
      ({ name, digest }) => other.get(name)?.digest.equals(digest) !== true,
    );
    const theirs = [...other.#byName.keys()].filter((name) => !this.#byName.has(name));
    return [...own.map(({ name }) => name), ...theirs];
  }

  values(): IterableIterator<Artifact> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }

  get setDigest(): Buffer {
    return this.#digest.value;
  }
}
