import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { until } from "../../kit/process.ts";
import { useGateway } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";
import { deployWebSocketApi, twoWay } from "../../kit/websocket-api.ts";

const CLI = fileURLToPath(new URL("../../../packages/cli/bin/tollgate.js", import.meta.url));
const gateway = useGateway();

it("tollgate connect is a terminal of a connection, and tollgate connections manages it", async () => {
  const manager = signerOf("terminal");
  const { revision } = await gateway.apply([
    userOf("terminal", manager, [
      { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" },
    ]),
  ]);
  await gateway.wait(revision);
  const api = await deployWebSocketApi(gateway, {
    routes: {
      $default: {
        ...twoWay,
        integration: {
          integrationType: "MOCK",
          templateSelectionExpression: "200",
          requestTemplates: { 200: '{"statusCode":200}' },
          integrationResponses: {
            all: {
              integrationResponseKey: "$default",
              responseTemplates: { $default: "$context.connectionId" },
            },
          },
        },
      },
    },
  });
  const env = {
    ...gateway.cliEnv,
    TOLLGATE_GATEWAY: `http://127.0.0.1:${gateway.httpPorts[0]}`,
    AWS_ACCESS_KEY_ID: manager.accessKeyId,
    AWS_SECRET_ACCESS_KEY: manager.secretAccessKey,
  };
  const at = [api.apiId, "--stage", "live"];
  const refused = await tollgate(["connect", api.apiId, "--stage", "nowhere"], env);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining("the connection was refused: 403"),
  ]);

  const terminal = spawn(process.execPath, [CLI, "connect", ...at], { env: { ...process.env, ...env } });
  let printed = "";
  terminal.stdout.on("data", (chunk) => (printed += String(chunk)));
  terminal.stdin.write("who am I?\n");
  await until("the response is printed", () => printed.endsWith("\n"), 20_000);
  const id = printed.trim();
  const one = [api.apiId, id, "--stage", "live"];
  const shown = await tollgate(["connections", "get", ...one], env);
  expect(shown.stdout).toMatch(/^connected \S+Z, last active \S+Z\nfrom 127\.0\.0\.1\n$/);
  await tollgate(["connections", "send", ...one, "hello"], env);
  await until("the message is printed", () => printed.endsWith("hello\n"));

  const others = await Promise.all([api.connect(), api.connect({ headers: { "User-Agent": "spec" } })]);
  const stage = [api.apiId, "--stage", "live"];
  const listedBy = async (...options: string[]) => {
    const { stdout } = await tollgate(["connections", "list", ...stage, "-o", "json", ...options], env);
    return JSON.parse(stdout) as { items: { connectionId: string }[]; nextToken?: string };
  };
  await until("all are listed", async () => (await listedBy()).items.length === 3);
  const table = await tollgate(["connections", "list", ...stage], env);
  expect(table.stdout).toMatch(/^CONNECTION +CONNECTED +FROM +NODE +USER AGENT\n/);
  expect(table.stdout).toContain(id);
  expect(table.stdout).toMatch(/ 127\.0\.0\.1 +\S+ +spec$/m);
  const two = await listedBy("--limit", "2");
  const rest = await listedBy("--from", two.nextToken ?? "");
  expect(new Set([...two.items, ...rest.items].map(({ connectionId }) => connectionId)).size).toBe(3);
  for (const [args, code, message] of [
    [[api.apiId, "--stage", "other"], 1, `serves no WebSocket API '${api.apiId}' with a stage 'other'`],
    [[...stage, "--limit", "0"], 2, "--limit '0' must be a number from 1 on, or all"],
    [[...stage, "--from", "x"], 1, "400: Invalid nextToken: it must be the nextToken of the page before"],
    [[...stage, "--gateway", "here"], 2, "--gateway 'here' must be the address of a node"],
    [[...stage, "--gateway", "http://127.0.0.1:1"], 1, "http://127.0.0.1:1 cannot be reached"],
  ] as const) {
    const wrong = await tollgate(["connections", "list", ...args], env);
    expect([wrong.exitCode, wrong.stderr]).toEqual([code, expect.stringContaining(message)]);
  }
  for (const { socket } of others) socket.close();

  const exited = once(terminal, "exit");
  await tollgate(["connections", "close", ...one], env);
  expect((await exited)[0]).toBe(0);
  const gone = await tollgate(["connections", "get", ...one], env);
  expect([gone.exitCode, gone.stderr]).toEqual([
    1,
    expect.stringContaining(`there is no connection '${id}'`),
  ]);
});
