import { type ClientOptions, createClient } from "@tollgate/proto/grpc";
import { type LeasedQuota, SourceService, UsageService } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";

const TIMEOUT_MS = 5_000;

/** KeyUsage is the number of calls with an API key of a plan in one UTC day. */
export interface KeyUsage {
  readonly apiKeyId: string;
  readonly dayUnixMs: number;
  readonly callCount: number;
}

export interface KeyUsageRequest {
  readonly usagePlanId: string;
  /** undefined: all keys. */
  readonly apiKeyId: string | undefined;
  /** Inclusive. */
  readonly startUnixMs: number;
  /** Exclusive. */
  readonly endUnixMs: number;
}

/** SourceCount is how many usage events a source has recorded. */
export interface SourceCount {
  readonly source: string;
  readonly recordedSeq: bigint;
}

/** UsageReader reads the usage that metering has counted, and tells it what nodes have recorded. */
export interface UsageReader extends Disposable {
  reportSources(sources: readonly SourceCount[]): Promise<void>;
  /** Calls that sources recorded which have ended, by quota; undefined: not all of it is counted yet. */
  countLeasedCalls(
    sources: readonly string[],
    quotas: readonly LeasedQuota[],
  ): Promise<readonly bigint[] | undefined>;
  keyUsage(accountId: string, request: KeyUsageRequest): Promise<readonly KeyUsage[]>;
}

/** connectMetering reads usage from metering at an address. It connects at the first query. */
export function connectMetering(metering: ClientOptions): UsageReader {
  const client = createClient(UsageService, metering);
  const sourceClient = createClient(SourceService, metering);
  const unavailable = (what: string, error: unknown): never => {
    throw new Refusal(
      "unavailable",
      `cannot ${what} metering at ${metering.address}: ${(error as Error).message}`,
    );
  };
  const options = () => ({ deadline: new Date(Date.now() + TIMEOUT_MS) });
  return {
    async reportSources(sources) {
      await sourceClient
        .reportSources({ sources: [...sources] }, options())
        .catch((error: unknown) => unavailable("report sources of usage to", error));
    },
    async countLeasedCalls(sources, quotas) {
      const { complete, callCounts } = await sourceClient
        .countLeasedCalls({ sources: [...sources], quotas: [...quotas] }, options())
        .catch((error: unknown) => unavailable("count leased calls by", error));
      return complete ? callCounts : undefined;
    },
    async keyUsage(accountId, { usagePlanId, apiKeyId = "", startUnixMs, endUnixMs }) {
      // Before 1970 there were no calls, and metering takes no such times.
      if (endUnixMs <= 0) return [];
      const range = { startTimeUnixMs: BigInt(Math.max(0, startUnixMs)), endTimeUnixMs: BigInt(endUnixMs) };
      const { rows } = await client
        .queryKeyUsage({ accountId, usagePlanId, apiKeyId, ...range }, options())
        .catch((error: unknown) => unavailable("read usage from", error));
      return rows.map((row) => ({
        apiKeyId: row.apiKeyId,
        dayUnixMs: Number(row.dayUnixMs),
        callCount: Number(row.callCount),
      }));
    },
    [Symbol.dispose]() {
      client.close();
      sourceClient.close();
    },
  };
}
