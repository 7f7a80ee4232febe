import type { KeyUsage, KeyUsageRequest } from "@tollgate/aws-api";
import { createClient, type ClientOptions } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";

const TIMEOUT_MS = 5_000;

/** UsageReader asks metering what it has counted. */
export interface UsageReader extends Disposable {
  keyUsage(accountId: string, request: KeyUsageRequest): Promise<readonly KeyUsage[]>;
}

/** connectMetering asks metering at an address; it connects when it is first asked. */
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
          `metering at ${metering.address} cannot be asked for usage: ${(error as Error).message}`,
        );
      }
    },
    [Symbol.dispose]: () => client.close(),
  };
}
