import { type ClientOptions, createClient } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";
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

/** UsageReader reads the usage that metering has counted. */
export interface UsageReader extends Disposable {
  keyUsage(accountId: string, request: KeyUsageRequest): Promise<readonly KeyUsage[]>;
}

/** connectMetering reads usage from metering at an address. It connects at the first query. */
export function connectMetering(metering: ClientOptions): UsageReader {
  const client = createClient(UsageService, metering);
  return {
    async keyUsage(accountId, { usagePlanId, apiKeyId = "", startUnixMs, endUnixMs }) {
      const range = { startTimeUnixMs: BigInt(startUnixMs), endTimeUnixMs: BigInt(endUnixMs) };
      try {
        const { rows } = await client.queryKeyUsage(
          { accountId, usagePlanId, apiKeyId, ...range },
          { deadline: new Date(Date.now() + TIMEOUT_MS) },
        );
        return rows.map((row) => ({
          apiKeyId: row.apiKeyId,
          dayUnixMs: Number(row.dayUnixMs),
          callCount: Number(row.callCount),
        }));
      } catch (error) {
        throw new Refusal(
          "unavailable",
          `cannot read usage from metering at ${metering.address}: ${(error as Error).message}`,
        );
      }
    },
    [Symbol.dispose]: () => client.close(),
  };
}
