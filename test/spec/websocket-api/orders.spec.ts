import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { describe, expect, it } from "vitest";
import { startBoto } from "../../kit/boto.ts";
import { type Signer, signed } from "../../kit/signed.ts";
import { useGateway } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";
import { deployWebSocketApi, twoWay, type WebSocketApiParts } from "../../kit/websocket-api.ts";

const gateway = useGateway();

/** Sends each client its own connection id. */
const whoAmI: WebSocketApiParts["routes"] = {
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
};

async function connected(name: string) {
  const api = await deployWebSocketApi(gateway, { routes: whoAmI });
  const manager = signerOf(`${name}m`);
  const other = signerOf(`${name}o`);
  const resource = `arn:aws:execute-api:us-east-1:000000000000:${api.apiId}/live/POST/@connections/*`;
  const { revision } = await gateway.apply([
    userOf(`${name}m`, manager, [
      { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" },
    ]),
    userOf(`${name}o`, other, [
      { Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" },
      { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: resource },
    ]),
  ]);
  await gateway.wait(revision);
  const client = await api.connect({ headers: { "User-Agent": "spec" } });
  const id = await client.ask("who am I?");
  const base = `/_aws/execute-api/${api.apiId}/live`;
  const call = (signer: Signer, path: string, method: string, body?: string) =>
    gateway.call(path, signed(signer, path, { method, ...(body === undefined ? {} : { body }) }));
  return { api, client, id, manager, other, base, call };
}

describe("@connections", () => {
  it("is what boto3 and the AWS SDK speak", async () => {
    const { client, id, manager, base } = await connected("sdk");
    const endpoint = `http://127.0.0.1:${gateway.httpPorts[0]}${base}`;
    await using boto = await startBoto(endpoint, { service: "apigatewaymanagementapi", ...manager });
    await boto.call("post_to_connection", { ConnectionId: id, Data: "hello" });
    expect(await client.next()).toBe("hello");
    const found = await boto.call("get_connection", { ConnectionId: id });
    expect(found.Identity).toEqual({ SourceIp: "127.0.0.1", UserAgent: "spec" });
    const sdk = new ApiGatewayManagementApiClient({ endpoint, region: "us-east-1", credentials: manager });
    const one = { ConnectionId: id };
    await sdk.send(new PostToConnectionCommand({ ...one, Data: "second" }));
    expect(await client.next()).toBe("second");
    const { ConnectedAt, LastActiveAt } = await sdk.send(new GetConnectionCommand(one));
    expect(LastActiveAt?.getTime()).toBeGreaterThanOrEqual(ConnectedAt?.getTime() ?? Number.NaN);
    await sdk.send(new DeleteConnectionCommand(one));
    expect(await client.closed).toEqual([1000, "Connection Closed Normally"]);
    await expect(sdk.send(new GetConnectionCommand(one))).rejects.toMatchObject({ name: "GoneException" });
    const gone = await boto.refused("post_to_connection", { ConnectionId: id, Data: "late" });
    expect([gone.class, gone.status]).toEqual(["GoneException", 410]);
    const wrong = await boto.refused("delete_connection", { ConnectionId: "nonsense" });
    expect([wrong.code, wrong.status, wrong.message]).toEqual([
      "BadRequestException",
      400,
      "Invalid connectionId: nonsense",
    ]);
  });

  it("takes what signed callers may do, and says who may not", async () => {
    const { client, id, other, base, call } = await connected("iam");
    const path = `${base}/@connections/${encodeURIComponent(id)}`;
    expect((await call(other, path, "POST", "allowed")).status).toBe(200);
    expect(await client.next()).toBe("allowed");
    const denied = await call(other, path, "DELETE");
    expect([denied.status, denied.headers["x-amzn-errortype"]]).toEqual([403, "ForbiddenException"]);
    expect(denied.body).toContain(
      "is not authorized to perform: execute-api:ManageConnections on resource: ",
    );
    const unsigned = await gateway.call(path, { method: "POST", body: "x" });
    expect([unsigned.status, unsigned.body]).toEqual([403, '{"message":"Missing Authentication Token"}']);
  });

  it("sends up to 128 KB, in frames of 32 KB", async () => {
    const { client, id, manager, base, call } = await connected("size");
    const path = `${base}/@connections/${encodeURIComponent(id)}`;
    const most = "x".repeat(128 * 1024);
    expect((await call(manager, path, "POST", most)).status).toBe(200);
    expect(await client.next()).toBe(most);
    const refused = await call(manager, path, "POST", `${most}x`);
    expect([refused.status, refused.headers["x-amzn-errortype"]]).toEqual([413, "PayloadTooLargeException"]);
  });
});
