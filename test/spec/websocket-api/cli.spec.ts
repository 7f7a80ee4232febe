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
  const exited = once(terminal, "exit");
  await tollgate(["connections", "close", ...one], env);
  expect((await exited)[0]).toBe(0);
  const gone = await tollgate(["connections", "get", ...one], env);
  expect([gone.exitCode, gone.stderr]).toEqual([
    1,
    expect.stringContaining(`there is no connection '${id}'`),
  ]);
});
