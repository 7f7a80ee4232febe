import type { Gateway } from "../kit/gateway.ts";
import { until } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import type { AttackArea, AttackCase } from "./area.ts";
import { protocolHeads } from "./protocol-heads.ts";
import { converse } from "./raw-connection.ts";
import { type RecordingUpstream, type SeenRequest, startRecordingUpstream } from "./recording-upstream.ts";
import { framing } from "./wire-payloads/framing.ts";
import { heads } from "./wire-payloads/heads.ts";
import type { WirePayload } from "./wire-payloads/payload.ts";

const QUICK_COUNT = 60;
const QUICK_HEADS = 12;
const API_NAME = "attacked on the wire";
/** Nothing is waited for so long but what does not come. */
const SILENCE_MS = 8_000;

/** wire: raw bytes that parsers read in different ways. The upstream must see exactly the requests that the gateway took. */
export const wire: AttackArea = {
  name: "wire",
  what: "raw bytes that parsers may read in different ways, to an upstream that records what it gets",
  concurrency: 16,
  async prepare(ground) {
    const upstream = ground.scope.use(await startRecordingUpstream());
    const gateway = await ground.gateway();
    const apiId = await gateway.deploy(
      { "ANY /{proxy+}": proxy(`${upstream.origin}/{proxy}`) },
      { api: { name: API_NAME } },
    );
    const attacked = { address: `/_aws/execute-api/${apiId}/prod`, upstream, port: gateway.httpPort };
    const cases = ground
      .pick([...framing, ...heads], QUICK_COUNT)
      .map((payload, i) => caseOf(payload, { ...attacked, mark: `w${i}` }));
    return [
      ...withLast(cases, countedCase(gateway, upstream)),
      ...ground.pick(await protocolHeads(ground, gateway), QUICK_HEADS),
    ];
  },
};

/** All cases, and one more that runs when they have ended. */
function withLast(cases: readonly AttackCase[], last: AttackCase): readonly AttackCase[] {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = cases.length;
  const counted = cases.map(
    (one): AttackCase => ({
      ...one,
      attack: () => one.attack().finally(() => --left === 0 && resolve()),
    }),
  );
  return [...counted, { ...last, attack: () => promise.then(last.attack) }];
}

const countedCase = (gateway: Gateway, upstream: RecordingUpstream): AttackCase => ({
  name: "all calls together",
  input: "the calls of all other cases",
  expectation: "the gateway has counted what the upstream has seen, and nothing else",
  async attack() {
    const seen = upstream.seen("").length;
    const counted = async () => {
      const text = await gateway.metrics();
      const of = (metric: string) =>
        Number(
          new RegExp(`^${metric}_total\\{[^}]*ApiName="${API_NAME}".* (\\d+)$`, "m").exec(text)?.[1] ?? 0,
        );
      return of("Count") - of("_?4XXError") - of("_?5XXError");
    };
    // Nodes count a call when its response is complete.
    return until("the calls are counted", async () => (await counted()) >= seen, 5_000).then(
      async () => ((await counted()) === seen ? undefined : `${seen} seen, ${await counted()} counted`),
      async () => `${seen} seen, ${await counted()} counted`,
    );
  },
});

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
    piece.replaceAll("@/", `${address}/${mark}/`).replaceAll("~/", "/_aws/execute-api/none/prod/"),
  );
  return {
    name,
    input: pieces.join(""),
    expectation: `${seen.length} requests upstream, statuses ${statuses.map((status) => [status].flat().join(" or ")).join(", ")}${closes ? ", closed" : ""}`,
    async attack() {
      const ambiguousBefore = upstream.ambiguous.length;
      const { statuses: got, isClosed } = await converse(
        port,
        pieces,
        closes ? { silenceMs: SILENCE_MS } : { silenceMs: SILENCE_MS, responses: statuses.length },
      );
      const final = got.filter((status) => status >= 200);
      const shownSeen = upstream.seen(`/${mark}/`).map((request) => shown(request, mark));
      if (payload.mayBeRefused && isClosed && shownSeen.length === 0 && areWanted(final, [400]))
        return undefined;
      const happened = [
        ...(String(shownSeen) === String(seen) ? [] : [`upstream saw [${shownSeen.join(" | ")}]`]),
        ...(areWanted(final, statuses) ? [] : [`statuses [${final.join(", ")}]`]),
        ...(closes && !isClosed ? ["the connection stayed open"] : []),
        ...upstream.ambiguous.slice(ambiguousBefore),
      ];
      return happened.length === 0 ? undefined : happened.join("; ");
    },
  };
}

const areWanted = (got: readonly number[], wanted: WirePayload["statuses"]) =>
  got.length === wanted.length && wanted.every((status, i) => [status].flat().includes(got[i] as number));

function shown({ line, body }: SeenRequest, mark: string): string {
  const [method, target = ""] = line.split(" ");
  return [method, target.replace(`/${mark}`, ""), ...(body === "" ? [] : [body])].join(" ");
}
