/** What this package changes of kafkajs: its types cover the public part only. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  class RequestQueue {
    /** Requests that wait until others have their responses, or until a throttle of the broker is over. */
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}

declare module "kafkajs/src/protocol/encoder.js" {
  /** Encoder is what is written so far. */
  export default class Encoder {
    constructor(initialBytes?: number);
    buf: Buffer;
    offset: number;
    get buffer(): Buffer;
    size(): number;
    /** Returns this, so that calls can follow one another. */
    writeEncoder(value: Encoder): Encoder;
    writeInt32(value: number): Encoder;
  }
}

declare module "kafkajs/src/protocol/requests/produce/index.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";

  export interface Message {
    readonly key: string;
    readonly value: Buffer;
    readonly headers?: unknown;
    readonly timestamp?: unknown;
  }

  export interface ProduceInput {
    readonly acks: number;
    readonly timeout: number;
    readonly compression?: number;
    readonly transactionalId?: string;
    readonly producerId?: unknown;
    readonly producerEpoch?: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
    }[];
  }

  interface Exchange {
    readonly request: { readonly apiVersion: number; encode(): Promise<Encoder> };
    readonly response: { decode(data: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
  }

  const produce: {
    readonly versions: readonly string[];
    protocol(of: { readonly version: number }): (input: ProduceInput) => Exchange;
  };
  export default produce;
}

declare module "kafkajs/src/protocol/request.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";

  /** A whole request with its length and header. */
  export default function createRequest(of: {
    readonly correlationId: number;
    readonly clientId: string;
    readonly request: { encode(): Promise<Encoder> };
  }): Promise<Encoder>;
}
