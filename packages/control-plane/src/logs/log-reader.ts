import { type ClientOptions, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { LogService } from "@tollgate/proto/logs";
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
    const { events, next } = await ask((logs, options) =>
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

/** LogReader reads and writes the log groups that metering's process keeps. Its refusals have the sentences of CloudWatch Logs. */
export type LogReader = ReturnType<typeof connectLogs>;

/** connectLogs reads logs from the process at an address. It connects at the first request. */
export function connectLogs(metering: ClientOptions) {
  const client = createClient(LogService, metering);
  const ask: Ask = async (send) => {
    try {
      return await send(client, { deadline: new Date(Date.now() + TIMEOUT_MS) });
    } catch (error) {
      const { code = -1, details, message } = error as { code?: number; details?: string; message: string };
      const reason = REASONS.get(code);
      throw reason
        ? new Refusal(reason, details ?? message)
        : new Refusal("unavailable", `the logs at ${metering.address} cannot be reached: ${message}`);
    }
  };
  return {
    ...groupCalls(ask),
    ...eventCalls(ask),
    [Symbol.dispose]() {
      client.close();
    },
  };
}
