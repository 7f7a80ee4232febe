import type { StreamConfigResponse } from "@tollgate/proto/discovery";
import { type Artifact, hasContent } from "./artifact.ts";

/** Update is one atomic step of the config. */
export interface Update {
  readonly version: number;
  readonly upserts: readonly Artifact[];
  readonly removals: readonly string[];
  /** Names of keys that must be resolved again; ALL_KEYS means all. */
  readonly changedKeys: readonly string[];
}

/** Assembly puts the pieces of updates together. */
export class Assembly {
  #nonce = "";
  #partial = new Map<string, { digest: Buffer; content: Buffer; filledBytes: number }>();
  #removals: string[] = [];

  /** add accepts a piece, and returns the update with the last one. Throws if the pieces do not match their announced digests. */
  add({ version, nonce, parts, removals, last, changedKeys }: StreamConfigResponse): Update | undefined {
    if (nonce !== this.#nonce) {
      this.#nonce = nonce;
      this.#partial = new Map();
      this.#removals = [];
    }
    for (const { name, digest, sizeBytes, offsetBytes, content } of parts) {
      const known = this.#partial.get(name);
      const target = known ?? {
        digest: Buffer.from(digest),
        content: Buffer.alloc(sizeBytes),
        filledBytes: 0,
      };
      target.content.set(content, offsetBytes);
      target.filledBytes += content.length;
      this.#partial.set(name, target);
    }
    this.#removals.push(...removals);
    if (!last) return undefined;
    const upserts = [...this.#partial].map(([name, { digest, content, filledBytes }]) => {
      const artifact = { name, digest, content };
      if (filledBytes !== content.length || !hasContent(artifact))
        throw new Error(`the artifact ${name} arrived damaged`);
      return artifact;
    });
    const update = { version: Number(version), upserts, removals: this.#removals, changedKeys };
    this.#nonce = "";
    return update;
  }
}
