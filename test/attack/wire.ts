import { proxy } from "../kit/rest-api.ts";
import type { AttackArea, AttackCase } from "./area.ts";
import { converse } from "./raw-connection.ts";
import { type RecordingUpstream, type SeenRequest, startRecordingUpstream } from "./recording-upstream.ts";
import { type WirePayload, wirePayloads } from "./wire-payloads.ts";

const QUICK_COUNT = 60;

/** wire: raw bytes that parsers read in different ways. The upstream must see exactly the requests that the gateway took. */
export const wire: AttackArea = {
  name: "wire",
  what: "raw bytes that parsers may read in different ways, to an upstream that records what it gets",
  concurrency: 8,
  async prepare(ground) {
    const upstream = ground.scope.use(await startRecordingUpstream());
    const gateway = await ground.gateway();
    const apiId = await gateway.deploy({ "ANY /{proxy+}": proxy(`${upstream.origin}/{proxy}`) });
    return ground.pick(wirePayloads, QUICK_COUNT).map((payload, i) =>
      caseOf(payload, {
        mark: `w${i}`,
        address: `/_aws/execute-api/${apiId}/prod`,
        upstream,
        port: gateway.httpPort,
      }),
    );
  },
};

interface Attacked {
  /** The first segment of all paths of the case, by which its requests are found at the upstream. */
  readonly mark: string;
  readonly address: string;
  readonly upstream: RecordingUpstream;
  readonly port: number;
}

function caseOf(payload: WirePayload, { mark, address, upstream, port }: Attacked): AttackCase {
  const { name, send, seen, statuses, closes } = payload;
  const pieces = (typeof send === "string" ? [send] : send).map((piece) =>
    piece.replaceAll("@", `${address}/${mark}`),
  );
  return {
    name,
    input: pieces.join(""),
    expectation: `${seen.length} requests upstream, statuses ${statuses.join(", ")}${closes ? ", closed" : ""}`,
    async attack() {
      const ambiguousBefore = upstream.ambiguous.length;
      const { statuses: got, isClosed } = await converse(
        port,
        pieces,
        closes ? {} : { responses: statuses.length },
      );
      const final = got.filter((status) => status >= 200);
      const shownSeen = upstream.seen(`/${mark}/`).map((request) => shown(request, mark));
      const happened = [
        ...(String(shownSeen) === String(seen) ? [] : [`upstream saw [${shownSeen.join(" | ")}]`]),
        ...(String(final) === String(statuses) ? [] : [`statuses [${final.join(", ")}]`]),
        ...(closes && !isClosed ? ["the connection stayed open"] : []),
        ...upstream.ambiguous.slice(ambiguousBefore),
      ];
      return happened.length === 0 ? undefined : happened.join("; ");
    },
  };
}

function shown({ line, body }: SeenRequest, mark: string): string {
  const [method, target = ""] = line.split(" ");
  return [method, target.replace(`/${mark}`, ""), ...(body === "" ? [] : [body])].join(" ");
}
