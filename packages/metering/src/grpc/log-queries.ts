import { QueryProblem, type QueryRuns, type QueryState } from "@tollgate/log-store";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import type { LogService } from "@tollgate/proto/logs";
import type { ServeLogs } from "./log-refusals.ts";

const messageOf = (state: QueryState) => ({
  queryId: state.id,
  logGroups: [...state.logGroups],
  query: state.text,
  startUnixMs: BigInt(state.startMs),
  endUnixMs: BigInt(state.endMs),
  createdUnixMs: BigInt(state.createdMs),
  status: state.status,
  recordsMatched: BigInt(state.statistics.recordsMatched),
  recordsScanned: BigInt(state.statistics.recordsScanned),
  bytesScanned: BigInt(state.statistics.bytesScanned),
  recordsSkipped: BigInt(state.statistics.recordsSkipped),
  failure: state.failure,
});

/** queryMethods serve queries of log groups. */
export const queryMethods = (
  queries: QueryRuns,
  serve: ServeLogs,
): Pick<
  ServiceImplementation<typeof LogService>,
  "startLogQuery" | "getLogQuery" | "stopLogQuery" | "listLogQueries"
> => ({
  startLogQuery: serve(({ accountId, logGroups, query: text, startUnixMs, endUnixMs, limit }) => {
    const range = { startMs: Number(startUnixMs), endMs: Number(endUnixMs) };
    try {
      const value = queries.start({ accountId, logGroups, text, ...range, limit });
      return { result: { case: "queryId", value } };
    } catch (error) {
      if (!(error instanceof QueryProblem)) throw error;
      const { message, start, end } = error;
      return { result: { case: "malformed", value: { message, start, end } } };
    }
  }),
  getLogQuery: serve(({ accountId, queryId }) => {
    const state = queries.get(accountId, queryId);
    return {
      query: messageOf(state),
      rows: state.rows.map((row) => ({ fields: row.map(([name, value]) => ({ name, value })) })),
    };
  }),
  stopLogQuery: serve(({ accountId, queryId }) => ({ stopped: queries.stop(accountId, queryId) })),
  listLogQueries: serve(({ accountId }) => ({ queries: queries.list(accountId).map(messageOf) })),
});
