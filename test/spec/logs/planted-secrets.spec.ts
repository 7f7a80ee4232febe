import { beforeAll, describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { until } from "../../kit/process.ts";
import { readBody } from "../../kit/upstream.ts";
import { use, useBoto, useUpstream } from "../../kit/use.ts";
import { lambdaOf } from "../../kit/websocket-api.ts";
import { CONTROL_SECRETS, callControlPlane } from "./planted/control-calls.ts";
import { keptFiles, startApart } from "./planted/gateway.ts";
import type { PlantedSecret } from "./planted/places.ts";
import { authorize, callRestApis, OPERATORS, REST_SECRETS, type RestCalls } from "./planted/rest-calls.ts";
import { callWebSocketApi, chat, WEB_SOCKET_SECRETS } from "./planted/web-socket-calls.ts";

const RESPONDED = "planted5respondedsecret";
const upstream = useUpstream(async (request, response) => {
  await readBody(request);
  response.writeHead(200, { "content-type": "application/json", "set-cookie": `sid=${RESPONDED}` });
  response.end(JSON.stringify({ user: { keys: [1] }, refreshToken: { v: { w: RESPONDED } } }));
});
const lambda = useUpstream(lambdaOf({ authorizer: authorize, chat }));
const gateway = use(() =>
  startApart({
    AWS_ENDPOINT_URL_LAMBDA: lambda.origin,
    TOLLGATE_SNAPSHOT_KEY: Buffer.alloc(32, 7).toString("base64"),
  }),
);
const boto = useBoto(gateway);

const STORE = /^control-plane\/config\.db(?:-wal)?$/;
/** What a node starts with while no control plane can be reached. */
const OF_NODE = /^data-plane\/[^/]+\/snapshot\.bin$/;
const secrets: PlantedSecret[] = [
  ...REST_SECRETS,
  ...WEB_SOCKET_SECRETS,
  ...CONTROL_SECRETS,
  ["a response of an upstream", RESPONDED],
  ...Object.entries(OPERATORS),
];

/** The places whose secrets are in a text. */
const leaksIn = (text: string) =>
  secrets.flatMap(([place, secret]) => (text.includes(secret) ? [place] : []));

const CALLS = "/planted/calls";
const FRAMES = "/planted/frames";

const messages = async (logGroupName: string): Promise<string[]> => {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await boto.as("logs").call("filter_log_events", {
      logGroupName,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    found.push(...page.events.map(({ message }: { message: string }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
};

describe("no secret that a caller sends, or an operator sets, is in", () => {
  let rest: RestCalls;
  let webSocketApi: string;

  beforeAll(async () => {
    const cloudwatchRoleArn = "arn:aws:iam::000000000000:role/logs";
    await gateway.apply([{ kind: "Account", id: "account", spec: { cloudwatchRoleArn } }]);
    const control = await callControlPlane(gateway, boto);
    secrets.push(...control.secrets);
    webSocketApi = await callWebSocketApi(gateway, control.manager, FRAMES);
    rest = await callRestApis(gateway, upstream.origin, CALLS);
    await until("all calls are logged", async () => (await messages(CALLS)).length >= rest.count);
    await until("all calls are traced", async () => (await messages("aws/spans")).length >= rest.count);
    await until("the end of the connection is logged", async () =>
      (await messages(FRAMES)).some((line) => line.includes("$disconnect")),
    );
  });

  const OUTPUTS: Readonly<Record<string, () => Promise<string> | string>> = {
    "the access log, whatever it names": async () => (await messages(CALLS)).join("\n"),
    "execution logs of all steps, with bodies": async () =>
      (await messages(`API-Gateway-Execution-Logs_${rest.apis.INFO}/prod`)).join("\n"),
    "the access log of connections and frames": async () => (await messages(FRAMES)).join("\n"),
    "execution logs of connections and frames": async () =>
      (await messages(`/aws/apigateway/${webSocketApi}/live`)).join("\n"),
    "execution logs of errors": async () =>
      (await messages(`API-Gateway-Execution-Logs_${rest.apis.ERROR}/prod`)).join("\n"),
    traces: async () => (await messages("aws/spans")).join("\n"),
    metrics: async () =>
      (await gateway.metrics()) + (await (await fetch(`${gateway.controlUrl}/metrics`)).text()),
    "responses that the gateway makes": () => rest.responses.join("\n"),
    "what the processes print": () => gateway.output(),
    "what the CLI prints of calls": async () => {
      const commands = [
        ["logs", rest.apis.INFO ?? "", "--stage", "prod"],
        ["logs", rest.apis.INFO ?? "", "--stage", "prod", "--execution"],
        ["usage"],
        ["top", "--once"],
        ["node"],
        ["audit", "--limit", "1000", "-o", "json"],
      ];
      const outputs = await Promise.all(commands.map((args) => tollgate(args, gateway.cliEnv)));
      return outputs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    },
    "files that the processes keep, but for the store": () =>
      keptFiles(gateway.home)
        .filter(({ path }) => !STORE.test(path))
        .map(({ text }) => text)
        .join("\n"),
  };

  it.each(Object.keys(OUTPUTS))("%s", async (output) => {
    const text = await (OUTPUTS[output] as () => Promise<string> | string)();
    expect(text.length, "there is nothing to look at").toBeGreaterThan(100);
    expect(leaksIn(text)).toEqual([]);
  });

  it("the config of a node on its disk, which is sealed", () => {
    const files = keptFiles(gateway.home).filter(({ path }) => OF_NODE.test(path));
    expect(files).not.toHaveLength(0);
    for (const { text } of files) expect(leaksIn(text)).toEqual([]);
  });

  it("the store, which has what operators wrote into values that are not sealed, for its owner alone", () => {
    const files = keptFiles(gateway.home).filter(({ path }) => STORE.test(path));
    const withOwn = files.filter(({ text }) => leaksIn(text).length > 0);
    expect(withOwn).not.toHaveLength(0);
    for (const { path, text, mode } of withOwn) {
      expect(leaksIn(text), path).toEqual(Object.keys(OPERATORS));
      expect(mode, path).toBe(0o600);
    }
  });
});
