import { type ClientOptions, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { type LogQuery, LogService, type TailLogEventsResponse } from "@tollgate/proto/logs";
import { RpcCode } from "@tollgate/proto/rpc";
import { Refusal, type RefusalReason } from "../refusal.ts";

const TIMEOUT_MS = 30_000;

const REASONS: ReadonlyMap<number, RefusalReason> = new Map([
  [RpcCode.INVALID_ARGUMENT, "invalid"],
  [RpcCode.NOT_FOUND, "not-found"],
  [RpcCode.ALREADY_EXISTS, "already-exists"],
  [RpcCode.RESOURCE_EXHAUSTED, "limit"],
]);

interface Query {
  readonly streams: readonly string[];
  readonly streamPrefix: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly pattern: string;
  readonly after: string;
  readonly isBackward: boolean;
  readonly limit: number;
}

interface GroupChange {
  readonly retentionDays?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly removedTags?: readonly string[];
}

type Send<T> = (client: ServiceClient<typeof LogService>, options: { readonly deadline: Date }) => Promise<T>;
type Ask = <T>(send: Send<T>) => Promise<T>;

const groupCalls = (ask: Ask) => ({
  groups: async (accountId: string) => {
    const { groups } = await ask((logs, options) => logs.listLogGroups({ accountId }, options));
    return groups.map(({ name, createdUnixMs, retentionDays, storedBytes, tags, logGroupClass }) => ({
      name,
      createdUnixMs: Number(createdUnixMs),
      retentionDays,
      storedBytes: Number(storedBytes),
      tags,
      logGroupClass,
    }));
  },
  async createGroup(
    accountId: string,
    name: string,
    {
      tags,
      logGroupClass,
    }: { readonly tags: Readonly<Record<string, string>>; readonly logGroupClass: string },
  ): Promise<void> {
    await ask((logs, options) =>
      logs.createLogGroup({ accountId, name, tags: { ...tags }, logGroupClass }, options),
    );
  },
  async updateGroup(accountId: string, name: string, change: GroupChange): Promise<void> {
    const { retentionDays, tags = {}, removedTags = [] } = change;
    const days = retentionDays === undefined ? {} : { retentionDays };
    await ask((logs, options) =>
      logs.updateLogGroup(
        { accountId, name, ...days, tags: { ...tags }, removedTags: [...removedTags] },
        options,
      ),
    );
  },
  async deleteGroup(accountId: string, name: string): Promise<void> {
    await ask((logs, options) => logs.deleteLogGroup({ accountId, name }, options));
  },
});

const eventCalls = (ask: Ask) => ({
  streams: async (accountId: string, logGroup: string) => {
    const { streams } = await ask((logs, options) => logs.listLogStreams({ accountId, logGroup }, options));
    return streams.map((stream) => ({
      name: stream.name,
      createdUnixMs: Number(stream.createdUnixMs),
      firstEventUnixMs: Number(stream.firstEventUnixMs),
      lastEventUnixMs: Number(stream.lastEventUnixMs),
      lastIngestionUnixMs: Number(stream.lastIngestionUnixMs),
    }));
  },
  async createStream(accountId: string, logGroup: string, name: string): Promise<void> {
    await ask((logs, options) => logs.createLogStream({ accountId, logGroup, name }, options));
  },
  async deleteStream(accountId: string, logGroup: string, name: string): Promise<void> {
    await ask((logs, options) => logs.deleteLogStream({ accountId, logGroup, name }, options));
  },
  async put(
    accountId: string,
    logGroup: string,
    logStream: string,
    given: readonly { readonly unixMs: number; readonly message: string }[],
  ) {
    const events = given.map(({ unixMs, message }) => ({ unixMs: BigInt(unixMs), message }));
    const { tooOldEnd, expiredEnd, tooNewStart } = await ask((logs, options) =>
      logs.putLogEvents({ accountId, logGroup, logStream, events }, options),
    );
    return { tooOldEnd, expiredEnd, tooNewStart };
  },
  async read(accountId: string, logGroup: string, query: Query) {
    const { events, next, missing } = await ask((logs, options) =>
      logs.readLogEvents(
        {
          accountId,
          logGroup,
          logStreams: [...query.streams],
          logStreamPrefix: query.streamPrefix,
          startUnixMs: BigInt(query.startUnixMs),
          endUnixMs: BigInt(query.endUnixMs),
          pattern: query.pattern,
          after: query.after,
          backward: query.isBackward,
          limit: query.limit,
        },
        options,
      ),
    );
    return {
      next,
      missing: missing.map(({ logStream, firstUnixMs, lastUnixMs, events: count }) => ({
        stream: logStream,
        firstUnixMs: Number(firstUnixMs),
        lastUnixMs: Number(lastUnixMs),
        count,
      })),
      events: events.map(({ id, unixMs, ingestionUnixMs, logStream, message }) => ({
        id,
        unixMs: Number(unixMs),
        ingestionUnixMs: Number(ingestionUnixMs),
        stream: logStream,
        message,
      })),
    };
  },
});

interface InsightsQuery {
  readonly groups: readonly string[];
  readonly text: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly limit: number;
}

const viewOf = (query: LogQuery) => ({
  id: query.queryId,
  groups: query.logGroups,
  text: query.query,
  startUnixMs: Number(query.startUnixMs),
  endUnixMs: Number(query.endUnixMs),
  createdUnixMs: Number(query.createdUnixMs),
  status: query.status,
  recordsMatched: Number(query.recordsMatched),
  recordsScanned: Number(query.recordsScanned),
  bytesScanned: Number(query.bytesScanned),
  recordsSkipped: Number(query.recordsSkipped),
});

const queryCalls = (ask: Ask) => ({
  async startQuery(accountId: string, { groups, text, startUnixMs, endUnixMs, limit }: InsightsQuery) {
    const { result } = await ask((logs, options) =>
      logs.startLogQuery(
        {
          accountId,
          logGroups: [...groups],
          query: text,
          startUnixMs: BigInt(startUnixMs),
          endUnixMs: BigInt(endUnixMs),
          limit,
        },
        options,
      ),
    );
    if (result.case !== "malformed") return { id: result.value ?? "" };
    const { message, start, end } = result.value;
    return { malformed: { message, start, end } };
  },
  async query(accountId: string, queryId: string) {
    const { query, rows } = await ask((logs, options) => logs.getLogQuery({ accountId, queryId }, options));
    if (!query) throw new Refusal("unavailable", "metering has sent no query");
    return {
      query: viewOf(query),
      rows: rows.map(({ fields }) => fields.map(({ name, value }) => ({ field: name, value }))),
    };
  },
  stopQuery: async (accountId: string, queryId: string): Promise<boolean> =>
    (await ask((logs, options) => logs.stopLogQuery({ accountId, queryId }, options))).stopped,
  queries: async (accountId: string) =>
    (await ask((logs, options) => logs.listLogQueries({ accountId }, options))).queries.map(viewOf),
});

interface TailQuery {
  readonly groups: readonly string[];
  readonly streams: readonly string[];
  readonly streamPrefixes: readonly string[];
  readonly pattern: string;
}

const tailUpdateOf = ({ events, sampled }: TailLogEventsResponse) => ({
  isSampled: sampled,
  events: events.map(({ logGroup, logStream, unixMs, ingestionUnixMs, message }) => ({
    group: logGroup,
    stream: logStream,
    unixMs: Number(unixMs),
    ingestionUnixMs: Number(ingestionUnixMs),
    message,
  })),
});

async function* updatesOf(
  updates: AsyncIterator<TailLogEventsResponse>,
  refusalOf: (error: unknown) => unknown,
) {
  try {
    for (let next = await updates.next(); !next.done; next = await updates.next())
      yield tailUpdateOf(next.value);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Follows groups: resolves with the updates when the session has begun. */
const tailCall =
  (client: ServiceClient<typeof LogService>, refusalOf: (error: unknown) => unknown) =>
  async (accountId: string, { groups, streams, streamPrefixes, pattern }: TailQuery, signal: AbortSignal) => {
    const stream = client.tailLogEvents({
      accountId,
      logGroups: [...groups],
      logStreams: [...streams],
      logStreamPrefixes: [...streamPrefixes],
      pattern,
    });
    // Its error is that of the iterator, or that the client has left, which is none.
    stream.on("error", () => undefined);
    signal.addEventListener("abort", () => stream.cancel(), { once: true });
    const updates = (stream as AsyncIterable<TailLogEventsResponse>)[Symbol.asyncIterator]();
    try {
      await updates.next();
    } catch (error) {
      throw refusalOf(error);
    }
    return updatesOf(updates, refusalOf);
  };

/** LogReader reads and writes the log groups that metering's process keeps. Its refusals have the sentences of CloudWatch Logs. */
export type LogReader = ReturnType<typeof connectLogs>;

/** connectLogs reads logs from the process at an address. It connects at the first request. */
export function connectLogs(metering: ClientOptions) {
  const client = createClient(LogService, metering);
  const refusalOf = (error: unknown): Refusal => {
    const { code = -1, details, message } = error as { code?: number; details?: string; message: string };
    const reason = REASONS.get(code);
    return reason
      ? new Refusal(reason, details ?? message)
      : new Refusal("unavailable", `the logs at ${metering.address} cannot be reached: ${message}`);
  };
  const ask: Ask = async (send) => {
    try {
      return await send(client, { deadline: new Date(Date.now() + TIMEOUT_MS) });
    } catch (error) {
      throw refusalOf(error);
    }
  };
  return {
    ...groupCalls(ask),
    ...eventCalls(ask),
    ...queryCalls(ask),
    tail: tailCall(client, refusalOf),
    [Symbol.dispose]() {
      client.close();
    },
  };
}
