import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { ArtifactSet, decodeSnapshot, encodeSnapshot, type Release } from "@tollgate/config-stream";
import type { Logger } from "@tollgate/telemetry";
import type { NodeStore } from "../node/node-store.ts";
import type { Sealer } from "../secret/sealer.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const placeOf = (id: string) => `releases/${id}`;

/** Versions grow, so that what is older than a release that is in use is needed by nobody. */
const versionOf = (id: string): number => Number.parseInt(id, 10);

export interface ReleaseArchiveOptions {
  readonly store: Pick<NodeStore, "writeRelease" | "readRelease" | "dropReleases">;
  /** Without a key, there are no secrets in the config either. */
  readonly sealer: Pick<Sealer, "canSeal" | "seal" | "open">;
  readonly logger: Logger;
}

/**
 * ReleaseArchive keeps what goes out in waves, so that each control plane gives nodes exactly the same, also if it started later: what is
 * stored as desired state is newer meanwhile.
 */
export class ReleaseArchive {
  readonly #options: ReleaseArchiveOptions;
  /** Those that were last used: nodes that have one keep it, if it is the same object. */
  readonly #releases = new Map<string, Release>();

  constructor(options: ReleaseArchiveOptions) {
    this.#options = options;
  }

  /** save stores a copy of a release, and returns its id. */
  async save({ version, artifacts }: Release): Promise<string> {
    const { store, sealer } = this.#options;
    const id = `${version}-${randomUUID()}`;
    const release = { version, artifacts: artifacts.clone() };
    const bytes = await compress(encodeSnapshot({ version, artifacts: [...artifacts.values()] }));
    const sealed = sealer.canSeal ? Buffer.from(sealer.seal(bytes.toString("base64"), placeOf(id))) : bytes;
    await store.writeRelease(id, sealed);
    this.#releases.set(id, release);
    return id;
  }

  /** read returns a stored release; undefined if there is none that can be read. */
  async read(id: string): Promise<Release | undefined> {
    const known = this.#releases.get(id);
    if (known || id === "") return known;
    const release = await this.#read(id);
    if (release) this.#releases.set(id, release);
    return release;
  }

  async #read(id: string): Promise<Release | undefined> {
    const { store, sealer, logger } = this.#options;
    const stored = await store.readRelease(id);
    try {
      if (!stored) throw new Error("it is not in the store");
      const bytes = sealer.canSeal
        ? Buffer.from(sealer.open(stored.toString(), placeOf(id)), "base64")
        : stored;
      const snapshot = decodeSnapshot(await decompress(bytes));
      if (!snapshot) throw new Error("it is damaged");
      const artifacts = new ArtifactSet();
      for (const artifact of snapshot.artifacts) artifacts.set(artifact);
      return { version: snapshot.version, artifacts };
    } catch (error) {
      logger.error({ release: id, error: String(error) }, "a version of the config cannot be read");
      return undefined;
    }
  }

  /** retain forgets what was read of other releases. */
  retain(ids: readonly string[]): void {
    for (const id of this.#releases.keys()) if (!ids.includes(id)) this.#releases.delete(id);
  }

  /** dropOthers removes older releases than these from the store. Newer ones stay: another control plane may have stored one just now. */
  async dropOthers(ids: readonly string[]): Promise<void> {
    const newest = Math.max(...ids.map(versionOf));
    await this.#options.store.dropReleases((id) => ids.includes(id) || !(versionOf(id) < newest));
  }
}
