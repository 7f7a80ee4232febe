import type { LookupEventsRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { pageSizeOf } from "../config/list.ts";
import { accountOf } from "../config/wire.ts";
import { Refusal } from "../refusal.ts";
import { logKey } from "./audit-log.ts";

const DAY_MS = 24 * 60 * 60_000;
/** How many records are read at once. */
const CHUNK = 500;

interface Shown {
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly errorCode?: string;
  readonly userIdentity: Readonly<Record<string, unknown>>;
  readonly additionalEventData: { readonly changes: readonly { readonly entity: string }[] };
}

function isWanted(record: Shown, request: LookupEventsRequest): boolean {
  const { eventName, identity, entity, errorsOnly, writesOnly } = request;
  const { userName, arn, accessKeyId, principalId } = record.userIdentity;
  return (
    (eventName === "" || record.eventName === eventName) &&
    (identity === "" || [userName, arn, accessKeyId, principalId].includes(identity)) &&
    (entity === "" || record.additionalEventData.changes.some((change) => change.entity === entity)) &&
    (!errorsOnly || record.errorCode !== undefined) &&
    (!writesOnly || !record.readOnly)
  );
}

/** lookupEvents is AuditService.LookupEvents: the page token is the key of the last record of the page. */
export async function lookupEvents({ audit }: Application, request: LookupEventsRequest) {
  const accountId = accountOf(request.accountId);
  const pageSize = pageSizeOf(request.pageSize, 50, 500);
  const endUnixMs = Number(request.endTimeUnixMs) || Date.now() + 1;
  const from = logKey(accountId, Number(request.startTimeUnixMs) || endUnixMs - DAY_MS);
  let to = request.pageToken === "" ? logKey(accountId, endUnixMs) : tokenKey(request.pageToken, accountId);
  const eventsJson: string[] = [];
  for (;;) {
    const entries = await audit.store.range({ from, to, limit: CHUNK, newestFirst: true });
    for (const { key, value } of entries) {
      if (!isWanted(JSON.parse(value) as Shown, request)) continue;
      if (eventsJson.length === pageSize)
        return { eventsJson, nextPageToken: Buffer.from(to).toString("base64url") };
      eventsJson.push(value);
      to = key;
    }
    const last = entries.at(-1);
    if (!last || entries.length < CHUNK) return { eventsJson, nextPageToken: "" };
    to = last.key;
  }
}

function tokenKey(token: string, accountId: string): string {
  const key = Buffer.from(token, "base64url").toString();
  if (key.startsWith(logKey(accountId, 0).split("/").slice(0, 2).join("/"))) return key;
  throw new Refusal("invalid", "page_token does not belong to this account");
}
