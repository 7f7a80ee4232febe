import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newAccessKeyId, newSecretAccessKey } from "@tollgate/config";
import { openStateFolder } from "@tollgate/telemetry";

export const CHAT_API = "samplechat";
export const CHAT_STAGE = "dev";
/** Whose key the chat's function signs with. */
export const CHAT_USER = "sample-chat";

const integration = {
  integrationType: "AWS_PROXY",
  integrationUri:
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:chat/invocations",
};
const routeTo = (target: string, routeKey: string) => ({ routeKey, target: `integrations/${target}` });

const api = {
  protocolType: "WEBSOCKET",
  name: "Sample chat",
  description: "The chat of npm start",
  // Lines are sent as they are typed: all of them go to $default.
  routeSelectionExpression: "$request.body.action",
  integrations: { chat: integration },
  routes: {
    connect: routeTo("chat", "$connect"),
    line: routeTo("chat", "$default"),
    disconnect: routeTo("chat", "$disconnect"),
  },
};

const mayManage = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "execute-api:ManageConnections",
      Resource: `arn:aws:execute-api:*:*:${CHAT_API}/${CHAT_STAGE}/*/@connections*`,
    },
  ],
};

/** chatManifests are the chat, and the user that its function acts as. */
export const chatManifests = () => [
  { kind: "Api", apiId: "", id: CHAT_API, spec: api },
  { kind: "ApiStage", apiId: CHAT_API, id: CHAT_STAGE, spec: { autoDeploy: true } },
  {
    kind: "User",
    apiId: "",
    id: CHAT_USER,
    spec: {
      policies: { connections: mayManage },
      accessKeys: { [newAccessKeyId()]: { secretAccessKey: newSecretAccessKey() } },
    },
  },
];

/** ChatKey is the access key of the function. */
export interface ChatKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** chatKeyOf is the key in the spec of the chat's user; undefined: a user of Tollgate has removed it. */
export function chatKeyOf(specJson: string): ChatKey | undefined {
  const { accessKeys = {} } = JSON.parse(specJson) as {
    accessKeys?: Readonly<Record<string, { readonly secretAccessKey?: string }>>;
  };
  for (const [accessKeyId, { secretAccessKey }] of Object.entries(accessKeys))
    if (secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  return undefined;
}

/** emptyChatFolder is where the function keeps who is connected. Nobody is when the gateway starts. */
export function emptyChatFolder(home: string): string {
  openStateFolder(home, "sample");
  const folder = join(home, "sample", "chat");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
