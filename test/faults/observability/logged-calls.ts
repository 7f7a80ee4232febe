import type { Boto } from "../../kit/boto.ts";

const PAGE_EVENTS = 10_000;

/** LoggedCalls are the lines of an access log by the id of their call: how many there are, and the status that each has. */
export type LoggedCalls = ReadonlyMap<string, readonly number[]>;

interface Page {
  readonly events: readonly { readonly message: string }[];
  readonly nextToken?: string;
}

/** readLogged reads a whole access log through the API of CloudWatch Logs. */
export async function readLogged(logs: Pick<Boto, "call">, logGroupName: string): Promise<LoggedCalls> {
  const lines = new Map<string, number[]>();
  let nextToken: string | undefined;
  do {
    const page = (await logs.call("filter_log_events", {
      logGroupName,
      limit: PAGE_EVENTS,
      ...(nextToken ? { nextToken } : {}),
    })) as Page;
    for (const { message } of page.events) {
      const [requestId = "", status] = message.split(" ");
      lines.set(requestId, [...(lines.get(requestId) ?? []), Number(status)]);
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return lines;
}
