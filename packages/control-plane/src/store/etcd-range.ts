import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { IPolicy } from "cockatiel";
import { Etcd3, EtcdInvalidAuthTokenError, type IOptions } from "etcd3";

/** RangeRequest asks for the keys from `key` to before `range_end` as they were at a revision. */
export interface RangeRequest {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly limit: number;
  readonly revision: string;
  readonly keys_only: boolean;
}

/** RangedValue is one of the keys: parts of the bytes that etcd has sent. */
export interface RangedValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly mod_revision: number;
}

export interface RangePage {
  readonly kvs: readonly RangedValue[];
  /** Whether there are more keys than the limit. */
  readonly more: boolean;
  /** How many keys there are, with those beyond the limit. */
  readonly count: number;
}

const PATH = "/etcdserverpb.KV/Range";
const NO_BYTES = Buffer.alloc(0);

/** Numbers of the members that are used, of etcd's api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto. */
const REQUEST = { key: 1, rangeEnd: 2, limit: 3, revision: 4, keysOnly: 8 };
const RESPONSE = { kvs: 2, more: 3, count: 4 };
const KEY_VALUE = { key: 1, modRevision: 3, value: 5 };

function encodeRequest({ key, range_end, limit, revision, keys_only }: RangeRequest): Buffer {
  const writer = new BinaryWriter();
  writer.tag(REQUEST.key, WireType.LengthDelimited).bytes(key);
  writer.tag(REQUEST.rangeEnd, WireType.LengthDelimited).bytes(range_end);
  writer.tag(REQUEST.limit, WireType.Varint).int64(limit);
  writer.tag(REQUEST.revision, WireType.Varint).int64(revision);
  writer.tag(REQUEST.keysOnly, WireType.Varint).bool(keys_only);
  return Buffer.from(writer.finish());
}

/** decodeRange reads etcd's RangeResponse, without what nobody asks for. */
export function decodeRange(bytes: Buffer): RangePage {
  const kvs: RangedValue[] = [];
  let more = false;
  let count = 0;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [member, type] = reader.tag();
    if (member === RESPONSE.kvs) kvs.push(readValue(reader, bytes));
    else if (member === RESPONSE.more) more = reader.bool();
    else if (member === RESPONSE.count) count = Number(reader.int64());
    else reader.skip(type, member);
  }
  return { kvs, more, count };
}

function readValue(reader: BinaryReader, bytes: Buffer): RangedValue {
  let key: Buffer = NO_BYTES;
  let value: Buffer = NO_BYTES;
  let mod_revision = 0;
  const part = (): Buffer => {
    const length = reader.uint32();
    reader.pos += length;
    return bytes.subarray(reader.pos - length, reader.pos);
  };
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [member, type] = reader.tag();
    if (member === KEY_VALUE.key) key = part();
    else if (member === KEY_VALUE.value) value = part();
    else if (member === KEY_VALUE.modRevision) mod_revision = Number(reader.int64());
    else reader.skip(type, member);
  }
  return { key, value, mod_revision };
}

/** EtcdClient is etcd3's client with a way to list a million keys: its own makes a dozen objects of each. */
export class EtcdClient extends Etcd3 {
  readonly #policy: IPolicy;
  readonly #timeoutMs: number;

  constructor(options: IOptions, policy: IPolicy, timeoutMs: number) {
    super(options);
    this.#policy = policy;
    this.#timeoutMs = timeoutMs;
  }

  /** The same as `kv.range`. */
  async readRange(request: RangeRequest): Promise<RangePage> {
    const payload = encodeRequest(request);
    const tried = new Set<object>();
    return decodeRange(
      await this.#policy.execute(async () => {
        try {
          return await this.#send(payload, tried);
        } catch (error) {
          if (!(error instanceof EtcdInvalidAuthTokenError)) throw error;
          // Any call of the client itself gets a new token.
          await this.kv.range({ key: request.key, keys_only: true });
          return await this.#send(payload, new Set());
        }
      }),
    );
  }

  /** Sends to a member that was not tried before, of which there must be one: the pool selects any. */
  async #send(payload: Buffer, tried: Set<object>): Promise<Buffer> {
    for (;;) {
      const bytes = await this.pool.withConnection("KV", ({ resource: member, client, metadata }) => {
        if (tried.has(member)) return undefined;
        tried.add(member);
        const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
        const options = { deadline: Date.now() + this.#timeoutMs };
        client.makeUnaryRequest(PATH, same, same, payload, metadata, options, (error, got = NO_BYTES) =>
          error ? reject(error) : resolve(got),
        );
        return promise;
      });
      if (bytes) return bytes;
    }
  }
}

const same = (bytes: Buffer): Buffer => bytes;
