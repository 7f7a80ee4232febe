import { functionUri } from "../../../kit/functions.ts";
import { type Signer, signed } from "../../../kit/signed.ts";
import { deployWebSocketApi, toFunction, twoWay } from "../../../kit/websocket-api.ts";
import type { WebSocketEvent } from "../../../kit/websocket-functions.ts";
import type { GatewayApart } from "./gateway.ts";
import { PLACES, type PlantedSecret, secretOf } from "./places.ts";
import { accessLog } from "./rest-calls.ts";

const CONNECT = "planted5connectquerysecret";
const TICKET = "planted5connectticketsecret";
const COOKIE = "planted5connectcookiesecret";
const RETURNED = "planted5functionreturnedsecret";
const SENT = "planted5senttoaconnectionsecret";
/** Places in bodies: what frames can have. */
const FRAMES = Object.entries(PLACES).flatMap(([place, plant]) => {
  const secret = secretOf(place, "frame");
  const { body } = plant(secret);
  return body === undefined ? [] : [{ place, secret, body }];
});

/** WEB_SOCKET_SECRETS are what callWebSocketApi sends. */
export const WEB_SOCKET_SECRETS: readonly PlantedSecret[] = [
  ...FRAMES.map(({ place, secret }) => [`${place}, a frame`, secret] as const),
  ["a token in the query of a connection", CONNECT],
  ["an identity source of a connection", TICKET],
  ["a cookie of a connection", COOKIE],
  ["what a function returns for a frame", RETURNED],
  ["what is sent to a connection", SENT],
];

/** chat is the function behind the routes. */
export const chat = ({ requestContext: { connectionId } }: WebSocketEvent): object => ({
  statusCode: 200,
  body: JSON.stringify({ sessionToken: RETURNED, connectionId }),
});

/** callWebSocketApi connects, sends a frame with a secret in each place, and is sent one by `manager`; the id of its API. */
export async function callWebSocketApi(
  gateway: GatewayApart,
  manager: Signer,
  group: string,
): Promise<string> {
  const { apiId, connect } = await deployWebSocketApi(gateway, {
    routes: {
      $connect: { integration: toFunction("chat"), authorizationType: "CUSTOM", authorizerId: "who" },
      $default: { integration: toFunction("chat"), ...twoWay },
      $disconnect: { integration: toFunction("chat") },
    },
    api: {
      routeSelectionExpression: "$request.body.action",
      authorizers: {
        who: {
          name: "who",
          authorizerType: "REQUEST",
          authorizerUri: functionUri("authorizer"),
          identitySource: ["route.request.querystring.ticket"],
        },
      },
    },
    stage: {
      accessLogSettings: accessLog("WEBSOCKET", group),
      defaultRouteSettings: { loggingLevel: "INFO", dataTraceEnabled: true, detailedMetricsEnabled: true },
    },
  });
  const { socket, ask, next, closed } = await connect({
    path: `/live?access_token=${CONNECT}&ticket=${TICKET}`,
    headers: { Cookie: `sid=${COOKIE}`, Authorization: `Bearer ${CONNECT}` },
  });
  let response = "";
  for (const { body } of FRAMES) response = await ask(body);
  const { connectionId } = JSON.parse(response) as { connectionId: string };
  const path = `/_aws/execute-api/${apiId}/live/@connections/${encodeURIComponent(connectionId)}`;
  const body = JSON.stringify({ password: SENT });
  const { status } = await gateway.call(path, signed(manager, path, { method: "POST", body }));
  if (status !== 200) throw new Error(`@connections: ${status}`);
  await next();
  socket.close();
  await closed;
  return apiId;
}
