import { expect, it, onTestFinished } from "vitest";
import { converse } from "../../../../../test/attack/raw-connection.ts";
import { framing } from "../../../../../test/attack/wire-payloads/framing.ts";
import { heads } from "../../../../../test/attack/wire-payloads/heads.ts";
import type { WirePayload } from "../../../../../test/attack/wire-payloads/payload.ts";
import { bodyOf, startOneRoute } from "../one-route.fixture.ts";
import { HTTP1_READERS } from "./http1-readers.ts";

/** Nothing is waited for so long but what does not come. */
const SILENCE_MS = 60_000;

/** Listeners with the own reader and with Node's, and what a payload does at one of them. */
async function readers() {
  const seen: string[][] = [[], []];
  const started = await Promise.all(
    HTTP1_READERS.map((http1Reader, i) =>
      startOneRoute({ http1Reader }, async (call) => {
        const at = seen[i]?.push(`${call.method} ${call.url}`);
        if (call.url.startsWith("/unread")) return { status: 403, headers: [], body: undefined };
        const body = await bodyOf(call);
        seen[i]?.splice((at ?? 0) - 1, 1, `${call.method} ${call.url} ${body}`);
        return { status: 200, headers: [], body: undefined };
      }),
    ),
  );
  onTestFinished(async () => void (await Promise.all(started.map(({ listener }) => listener.drain(0)))));
  return async ({ send, statuses, closes }: WirePayload, i: number) => {
    seen[i] = [];
    const pieces = [send].flat().map((piece) => piece.replaceAll("@/", "/").replaceAll("~/", "/unread/"));
    const port = started[i]?.listener.ports.http as number;
    const until = closes ? {} : { responses: statuses.length };
    const { statuses: got, isClosed } = await converse(port, pieces, { silenceMs: SILENCE_MS, ...until });
    return { seen: seen[i], statuses: got.filter((status) => status >= 200), isClosed: closes && isClosed };
  };
}

interface Outcome {
  readonly seen: readonly string[];
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
}

/** The same happened; a refusal may have another of the statuses that are as good. */
const isAlike = ({ statuses }: WirePayload, own: Outcome, node: Outcome): boolean =>
  String(own.seen) === String(node.seen) &&
  own.isClosed === node.isClosed &&
  own.statuses.length === node.statuses.length &&
  own.statuses.every((status, i) => status === node.statuses[i] || [statuses[i]].flat().includes(status));

const isRefused = ({ seen, statuses, isClosed }: Outcome): boolean =>
  isClosed && seen.length === 0 && statuses.length === 1 && (statuses[0] as number) >= 400;

/** What Node takes, for HTTP/1.0 in one case, and otherwise to fail the call when its body cannot be read. The gateway itself refuses it at once. */
const OWN_REFUSES = new Set([
  "the line GET @/a RTSP/1.0",
  'Content-Length: "9223372036854775811"',
  'Transfer-Encoding: "chunked\\t "',
]);

it("every payload of the attack corpus is read by the gateway itself as by Node", async () => {
  const outcomeOf = await readers();
  const different: unknown[] = [];
  for (const payload of [...framing, ...heads]) {
    const own = await outcomeOf(payload, 0);
    const node = OWN_REFUSES.has(payload.name) ? undefined : await outcomeOf(payload, 1);
    if (node ? !isAlike(payload, own, node) : !isRefused(own))
      different.push({ name: payload.name, own, node });
  }
  expect(different).toEqual([]);
}, 120_000);
