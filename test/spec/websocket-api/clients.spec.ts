import { createRequire } from "node:module";
import { join } from "node:path";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { expect, it } from "vitest";
import { startBoto } from "../../kit/boto.ts";
import { runInBrowser } from "../../kit/browser.ts";
import { applied } from "../../kit/mock-api.ts";
import { startProcess, until } from "../../kit/process.ts";
import { useGateway } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";

const gateway = useGateway();
const manager = signerOf("clients");
const region = "us-east-1";
const WSCAT = join(createRequire(import.meta.url).resolve("wscat/package.json"), "..", "bin", "wscat");

/** Makes an API with the SDK whose messages get the id of their connection back. Returns its id. */
async function madeBySdk(): Promise<string> {
  const sdk = new ApiGatewayV2Client({ endpoint: gateway.controlUrl, region, credentials: manager });
  const { ApiId = "" } = await sdk.send(
    new CreateApiCommand({
      Name: "clients",
      ProtocolType: "WEBSOCKET",
      RouteSelectionExpression: "$request.body.action",
    }),
  );
  const { IntegrationId = "" } = await sdk.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "MOCK",
      TemplateSelectionExpression: "200",
      RequestTemplates: { 200: '{"statusCode":200}' },
    }),
  );
  const back = { ResponseTemplates: { $default: "$context.connectionId" } };
  await sdk.send(
    new CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId,
      IntegrationResponseKey: "$default",
      ...back,
    }),
  );
  const { RouteId = "" } = await sdk.send(
    new CreateRouteCommand({
      ApiId,
      RouteKey: "$default",
      Target: `integrations/${IntegrationId}`,
      RouteResponseSelectionExpression: "$default",
    }),
  );
  await sdk.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }));
  await sdk.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
  await gateway.apply([
    userOf("clients", manager, [{ Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" }]),
  ]);
  await applied(gateway);
  return ApiId;
}

it("an API that the AWS SDK makes serves wscat and a browser, whose connections boto3 and the SDK manage", async () => {
  const apiId = await madeBySdk();
  const at = `127.0.0.1:${gateway.httpPorts[0]}/_aws/execute-api/${apiId}/live`;
  await using boto = await startBoto(`http://${at}`, { service: "apigatewaymanagementapi", ...manager });
  const sdk = new ApiGatewayManagementApiClient({
    endpoint: `http://${at}`,
    region,
    credentials: manager,
  });

  await using page = await runInBrowser(`
    const socket = new WebSocket("ws://${at}");
    socket.onopen = () => socket.send("who am I?");
    socket.onmessage = ({ data }) => say(data);
    socket.onclose = ({ code, reason, wasClean }) => say([code, reason, wasClean].join(" "));
  `);
  const wscatArgs = ["--connect", `ws://${at}`, "--execute", "who am I?", "--wait", "60"];
  // It ends with its input.
  await using wscat = startProcess(process.execPath, [WSCAT, ...wscatArgs], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const idOfWscat = await until(
    () => `wscat prints its id: ${wscat.output()}`,
    () => /^([\w-]{15}=)$/m.exec(wscat.output())?.[1],
  );
  await sdk.send(new PostToConnectionCommand({ ConnectionId: idOfWscat, Data: "hello wscat" }));
  await until("wscat prints the message", () => wscat.output().includes("hello wscat\n"));

  const ConnectionId = await until("the page has its id", () => page.said[0]);
  await boto.call("post_to_connection", { ConnectionId, Data: "hello page" });
  const found = await boto.call("get_connection", { ConnectionId });
  expect(found.Identity.UserAgent).toMatch(/Chrome/);
  await sdk.send(new DeleteConnectionCommand({ ConnectionId }));
  await until("the page has ended", () => page.said.length === 3);
  expect(page.said).toEqual([ConnectionId, "hello page", "1000 Connection Closed Normally true"]);

  await boto.call("delete_connection", { ConnectionId: idOfWscat });
  await until("wscat ends", () => wscat.child.exitCode === 0);
  const gone = await boto.refused("get_connection", { ConnectionId: idOfWscat });
  expect([gone.class, gone.status]).toEqual(["GoneException", 410]);
});
