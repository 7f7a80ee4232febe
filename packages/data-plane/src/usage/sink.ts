/** SinkMessage is one UsageBatch on its way: the value is its encoding, the key its source. */
export interface SinkMessage {
  readonly key: string;
  readonly value: Buffer;
}

/** UsageSink takes batches of usage events. send resolves once they are durable there; when it rejects, the same ones are sent again. */
export interface UsageSink extends AsyncDisposable {
  send(messages: readonly SinkMessage[]): Promise<void>;
}
