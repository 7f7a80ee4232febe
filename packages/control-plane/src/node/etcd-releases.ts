import type { Etcd3 } from "etcd3";
import { prefixRange } from "../store/etcd-keys.ts";

/** Far below etcd's default request limit of 1.5 MiB. */
const PIECE_BYTES = 512 * 1024;
/** Of one response: etcd has no limit of its own, gRPC has. */
const PIECES_A_READ = 4;
const INDEX_DIGITS = 6;

/** EtcdReleases are versions of the config in etcd, each in pieces under "{root}{id}/{index}-{count}". */
export class EtcdReleases {
  readonly #client: Pick<Etcd3, "kv">;
  readonly #root: string;

  constructor(client: Pick<Etcd3, "kv">, root: string) {
    this.#client = client;
    this.#root = root;
  }

  async write(id: string, bytes: Buffer): Promise<void> {
    const count = Math.max(1, Math.ceil(bytes.length / PIECE_BYTES));
    for (let i = 0; i < count; i++) {
      const key = Buffer.from(`${this.#root}${id}/${String(i).padStart(INDEX_DIGITS, "0")}-${count}`);
      await this.#client.kv.put({ key, value: bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES) });
    }
  }

  /** undefined: it is not there, or not all of it. */
  async read(id: string): Promise<Buffer | undefined> {
    const { key, range_end } = prefixRange(`${this.#root}${id}/`);
    const pieces: Buffer[] = [];
    let count = 0;
    for (let from = key; ; ) {
      const { kvs, more } = await this.#client.kv.range({ key: from, range_end, limit: PIECES_A_READ });
      pieces.push(...kvs.map(({ value }) => value));
      const last = kvs.at(-1)?.key;
      if (!last) break;
      count = Number(last.toString().split("-").at(-1));
      if (!more) break;
      from = Buffer.concat([last, Buffer.from([0])]);
    }
    return count > 0 && pieces.length === count ? Buffer.concat(pieces) : undefined;
  }

  async drop(isNeeded: (id: string) => boolean): Promise<void> {
    const { kvs } = await this.#client.kv.range({ ...prefixRange(this.#root), keys_only: true });
    const idOf = (key: Buffer) => key.toString().slice(this.#root.length).split("/")[0] ?? "";
    for (const id of new Set(kvs.map(({ key }) => idOf(key))))
      if (!isNeeded(id)) await this.#client.kv.deleteRange(prefixRange(`${this.#root}${id}/`));
  }
}
