import {
  compilePattern,
  type GroupName,
  type LogGroup,
  type LogStore,
  PAGE_EVENTS_MAX,
  placeOf,
  putEvents,
  type QueryRuns,
  readEvents,
  refusals,
} from "@tollgate/log-store";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import type { LogService, ReadLogEventsRequest } from "@tollgate/proto/logs";
import { serverStream } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import { queryMethods } from "./log-queries.ts";
import { logRefused, type ServeLogs, serveLogs } from "./log-refusals.ts";
import { Tails } from "./tail-log-events.ts";

export interface LogServiceOptions {
  readonly store: LogStore;
  readonly queries: QueryRuns;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** The streams that a request names, by their numbers. */
function streamsOf(
  { streams }: LogGroup,
  { logStreams, logStreamPrefix }: ReadLogEventsRequest,
): ReadonlyMap<number, string> {
  if (logStreams.length > 0)
    return new Map(
      logStreams.map((name) => {
        const stream = streams.get(name);
        if (!stream) throw refusals.noStream();
        return [stream.number, name];
      }),
    );
  const all = [...streams.values()].filter(({ name }) => name.startsWith(logStreamPrefix));
  return new Map(all.map(({ number, name }) => [number, name]));
}

function placeAfter(token: string) {
  if (token === "") return undefined;
  const place = placeOf(token);
  if (!place) throw refusals.token();
  return place;
}

const nameOf = ({ accountId, logGroup }: GroupName): GroupName => ({ accountId, logGroup });
const groupNameOf = ({
  accountId,
  name,
}: {
  readonly accountId: string;
  readonly name: string;
}): GroupName => ({
  accountId,
  logGroup: name,
});

type Methods = ServiceImplementation<typeof LogService>;
const groupMethods = (
  store: LogStore,
  serve: ServeLogs,
): Pick<Methods, "createLogGroup" | "updateLogGroup" | "deleteLogGroup" | "listLogGroups"> => ({
  createLogGroup: serve(({ logGroupClass, tags, ...request }) => {
    store.createGroup(groupNameOf(request), { tags, ...(logGroupClass === "" ? {} : { logGroupClass }) });
    return {};
  }),
  updateLogGroup: serve(({ retentionDays, tags, removedTags, ...request }) => {
    const group = store.group(groupNameOf(request));
    const kept = Object.entries(group.settings.tags).filter(([key]) => !removedTags.includes(key));
    group.settings = {
      ...group.settings,
      retentionDays: retentionDays ?? group.settings.retentionDays,
      tags: { ...Object.fromEntries(kept), ...tags },
    };
    group.save();
    store.sweep();
    return {};
  }),
  deleteLogGroup: serve((request) => {
    store.deleteGroup(groupNameOf(request));
    return {};
  }),
  listLogGroups: serve(({ accountId }) => ({
    groups: store.groups(accountId).map(({ name, createdMs, sizeBytes, settings }) => ({
      name,
      createdUnixMs: BigInt(createdMs),
      storedBytes: BigInt(sizeBytes),
      retentionDays: settings.retentionDays,
      tags: { ...settings.tags },
      logGroupClass: settings.logGroupClass,
    })),
  })),
});

const streamMethods = (
  store: LogStore,
  serve: ServeLogs,
): Pick<Methods, "createLogStream" | "deleteLogStream" | "listLogStreams"> => ({
  createLogStream: serve((request) => {
    store.createStream(nameOf(request), request.name);
    return {};
  }),
  deleteLogStream: serve((request) => {
    store.group(nameOf(request)).deleteStream(request.name);
    return {};
  }),
  listLogStreams: serve((request) => ({
    streams: [...store.group(nameOf(request)).streams.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, createdMs, firstMs, lastMs, lastIngestionMs }) => ({
        name,
        createdUnixMs: BigInt(createdMs),
        firstEventUnixMs: BigInt(firstMs),
        lastEventUnixMs: BigInt(lastMs),
        lastIngestionUnixMs: BigInt(lastIngestionMs),
      })),
  })),
});

const eventMethods = (
  { store, nowMs }: LogServiceOptions,
  serve: ServeLogs,
): Pick<Methods, "putLogEvents" | "readLogEvents"> => ({
  putLogEvents: serve(({ events, logStream, ...request }) =>
    putEvents(
      store,
      { ...nameOf(request), stream: logStream },
      events.map(({ unixMs, message }) => ({ unixMs: Number(unixMs), message })),
      nowMs(),
    ),
  ),
  readLogEvents: serve(async (request) => {
    const group = store.group(nameOf(request));
    const { events, next, missing } = await readEvents(group, {
      streams: streamsOf(group, request),
      startMs: Math.max(Number(request.startUnixMs), group.expiredBeforeMs(nowMs())),
      endMs: request.endUnixMs === 0n ? Number.MAX_SAFE_INTEGER : Number(request.endUnixMs),
      pattern: compilePattern(request.pattern),
      after: placeAfter(request.after),
      isBackward: request.backward,
      limit: Math.min(request.limit || PAGE_EVENTS_MAX, PAGE_EVENTS_MAX),
    });
    return {
      next: next ?? "",
      damagedBlocks: missing.length,
      missing: missing.map(({ stream, firstMs, lastMs, count }) => ({
        logStream: stream,
        firstUnixMs: BigInt(firstMs),
        lastUnixMs: BigInt(lastMs),
        events: count,
      })),
      events: events.map(({ id, unixMs, ingestionMs, stream, message }) => ({
        id,
        unixMs: BigInt(unixMs),
        ingestionUnixMs: BigInt(ingestionMs),
        logStream: stream,
        message,
      })),
    };
  }),
});

/** createLogService serves the log groups of a store over gRPC. */
export function createLogService(options: LogServiceOptions): ServiceImplementation<typeof LogService> {
  const { store, queries, logger } = options;
  const report = (error: unknown) => logger.error({ err: error }, "a request for logs failed unexpectedly");
  const serve = serveLogs(report);
  const tails = new Tails(store);
  return {
    ...groupMethods(store, serve),
    ...streamMethods(store, serve),
    ...eventMethods(options, serve),
    ...queryMethods(queries, serve),
    tailLogEvents: serverStream(async function* (request, signal) {
      try {
        yield* tails.follow(request, signal);
      } catch (error) {
        throw logRefused(error);
      }
    }, report),
  };
}
