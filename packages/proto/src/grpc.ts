import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import * as grpc from "@grpc/grpc-js";
import { clientTls, type TlsFiles } from "./tls.ts";

export type { TlsFiles } from "./tls.ts";

/** Largest message that either side accepts: an Apply of a whole account. The config stream never needs more than 1 MiB. */
export const MESSAGE_MAX_BYTES = 64 * 1024 * 1024;

const asMessage = (desc: DescMessage, value: unknown): Message =>
  (value as Message | undefined)?.$typeName === desc.typeName
    ? (value as Message)
    : create(desc, value as MessageInitShape<DescMessage>);

const toBytes = (desc: DescMessage, value: unknown): Buffer => {
  const bytes = toBinary(desc, asMessage(desc, value));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** Encoded is a message in the form that it is sent in. A stream takes it in place of a message: what many receive is encoded once. */
export class Encoded {
  readonly bytes: Buffer;

  constructor(desc: DescMessage, message: MessageInitShape<DescMessage>) {
    this.bytes = toBytes(desc, message);
  }
}

const encode = (desc: DescMessage) => (value: unknown) =>
  value instanceof Encoded ? value.bytes : toBytes(desc, value);

const decode = (desc: DescMessage) => (bytes: Buffer) => fromBinary(desc, bytes);

const toMethodDefinition = (
  service: DescService,
  method: DescMethod,
): grpc.MethodDefinition<unknown, unknown> => ({
  path: `/${service.typeName}/${method.name}`,
  originalName: method.localName,
  requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
  responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
  requestSerialize: encode(method.input),
  requestDeserialize: decode(method.input),
  responseSerialize: encode(method.output),
  responseDeserialize: decode(method.output),
});

/** toServiceDefinition converts a generated service to the definition that grpc-js uses. */
export function toServiceDefinition(service: DescService): grpc.ServiceDefinition {
  return Object.fromEntries(service.methods.map((m) => [m.localName, toMethodDefinition(service, m)]));
}

type MethodsOf<S> = S extends GenService<infer M> ? M : never;
type Input<M> = M extends { input: infer I extends DescMessage } ? I : never;
type Output<M> = M extends { output: infer O extends DescMessage } ? O : never;
type Kind<M> = M extends { methodKind: infer K } ? K : never;

type Handler<M> =
  Kind<M> extends "unary"
    ? grpc.handleUnaryCall<MessageShape<Input<M>>, MessageInitShape<Output<M>>>
    : Kind<M> extends "server_streaming"
      ? grpc.handleServerStreamingCall<MessageShape<Input<M>>, MessageInitShape<Output<M>>>
      : Kind<M> extends "client_streaming"
        ? grpc.handleClientStreamingCall<MessageShape<Input<M>>, MessageInitShape<Output<M>>>
        : grpc.handleBidiStreamingCall<MessageShape<Input<M>>, MessageInitShape<Output<M>>>;

/** ServiceImplementation is one handler for every method of a generated service; a missing one does not compile. */
export type ServiceImplementation<S> = { [K in keyof MethodsOf<S>]: Handler<MethodsOf<S>[K]> };

/** addService registers an implementation with a grpc-js server. */
export function addService<M extends GenServiceMethods>(
  server: grpc.Server,
  service: GenService<M>,
  implementation: ServiceImplementation<GenService<M>>,
): void {
  server.addService(
    toServiceDefinition(service),
    implementation as unknown as grpc.UntypedServiceImplementation,
  );
}

type ClientMethod<M> =
  Kind<M> extends "unary"
    ? (
        request: MessageInitShape<Input<M>>,
        options?: { metadata?: grpc.Metadata; deadline?: Date },
      ) => Promise<MessageShape<Output<M>>>
    : Kind<M> extends "server_streaming"
      ? (
          request: MessageInitShape<Input<M>>,
          options?: { metadata?: grpc.Metadata },
        ) => grpc.ClientReadableStream<MessageShape<Output<M>>>
      : Kind<M> extends "client_streaming"
        ? (
            requests: AsyncIterable<MessageInitShape<Input<M>>>,
            options?: { metadata?: grpc.Metadata },
          ) => Promise<MessageShape<Output<M>>>
        : (options?: {
            metadata?: grpc.Metadata;
          }) => grpc.ClientDuplexStream<MessageInitShape<Input<M>>, MessageShape<Output<M>>>;

/** ServiceClient has one method for each of a generated service; those with one response return a promise of it. */
export type ServiceClient<S> = { [K in keyof MethodsOf<S>]: ClientMethod<MethodsOf<S>[K]> } & {
  close(): void;
};

export interface ClientOptions {
  /** "host:port". */
  readonly address: string;
  /** Sent as "authorization: Bearer ..." with each call; a function, if it may be another one later. */
  readonly token?: string | (() => string) | undefined;
  /** undefined: plaintext. */
  readonly tls?: TlsFiles | undefined;
  /** What the server's certificate must be valid for; undefined: the host of the address. */
  readonly serverName?: string | undefined;
  /** How often the server is asked whether it is there, while a call is in progress, and how long it may take to respond. */
  readonly keepaliveMs?: number;
  readonly keepaliveTimeoutMs?: number;
}

/** Sends no faster than the server reads. A server that responds before it has read all ends the stream. */
async function sendAll(
  requests: AsyncIterable<unknown>,
  stream: grpc.ClientWritableStream<unknown>,
): Promise<void> {
  let wake = () => {};
  let isOver = false;
  stream.on("drain", () => wake());
  stream.on("status", () => {
    isOver = true;
    wake();
  });
  for await (const request of requests) {
    if (isOver) return;
    if (!stream.write(request) && !isOver)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  stream.end();
}

/** createClient connects lazily to one service at an address. Close it when done. */
export function createClient<M extends GenServiceMethods>(
  service: GenService<M>,
  { address, token, tls, serverName, keepaliveMs = 10_000, keepaliveTimeoutMs = 5_000 }: ClientOptions,
): ServiceClient<GenService<M>> {
  const Client = grpc.makeGenericClientConstructor(toServiceDefinition(service), service.typeName);
  const { credentials, options: tlsOptions } = clientTls(address, tls, serverName);
  const client = new Client(address, credentials, {
    ...tlsOptions,
    "grpc.max_receive_message_length": MESSAGE_MAX_BYTES,
    "grpc.max_send_message_length": MESSAGE_MAX_BYTES,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
  });
  const metadataOf = (given?: grpc.Metadata): grpc.Metadata => {
    const metadata = given ?? new grpc.Metadata();
    const current = typeof token === "function" ? token() : token;
    if (current) metadata.set("authorization", `Bearer ${current}`);
    return metadata;
  };
  const methods: Record<string, unknown> = { close: () => client.close() };
  for (const method of service.methods) {
    // Methods of a generic client read `this`, so they are called on it.
    const call = (client[method.localName] as (...args: unknown[]) => unknown).bind(client);
    if (method.methodKind === "unary") {
      methods[method.localName] = (
        request: unknown,
        options?: { metadata?: grpc.Metadata; deadline?: Date },
      ): Promise<unknown> =>
        new Promise((resolve, reject) => {
          call(
            request,
            metadataOf(options?.metadata),
            options?.deadline ? { deadline: options.deadline } : {},
            (error: grpc.ServiceError | null, reply: unknown) => (error ? reject(error) : resolve(reply)),
          );
        });
    } else if (method.methodKind === "server_streaming") {
      methods[method.localName] = (request: unknown, options?: { metadata?: grpc.Metadata }) =>
        call(request, metadataOf(options?.metadata));
    } else if (method.methodKind === "client_streaming") {
      methods[method.localName] = (
        requests: AsyncIterable<unknown>,
        options?: { metadata?: grpc.Metadata },
      ): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const stream = call(
            metadataOf(options?.metadata),
            (error: grpc.ServiceError | null, reply: unknown) => (error ? reject(error) : resolve(reply)),
          ) as grpc.ClientWritableStream<unknown>;
          sendAll(requests, stream).catch((error: unknown) => {
            reject(error);
            stream.cancel();
          });
        });
    } else {
      methods[method.localName] = (options?: { metadata?: grpc.Metadata }) =>
        call(metadataOf(options?.metadata));
    }
  }
  return methods as ServiceClient<GenService<M>>;
}
