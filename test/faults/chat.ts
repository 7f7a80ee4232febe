import { callsTo } from "../kit/calls.ts";
import type { Cluster, ClusterNode } from "../kit/cluster.ts";
import { signed } from "../kit/signed.ts";
import { readBody, startHttpUpstream, type Upstream } from "../kit/upstream.ts";
import { signerOf, userOf } from "../kit/user.ts";
import { twoWay, webSocketApiSpec } from "../kit/websocket-api.ts";

export const CHAT = "faultschat";
export const CHAT_STAGE = "live";
const manager = signerOf("chatmanager");

const add = (counts: Map<string, number>, id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);

/** ChatLog is what the upstream of the chat was called with. */
export interface ChatLog {
  /** How often each connection was reported to it, by its id. */
  readonly connected: Map<string, number>;
  readonly disconnected: Map<string, number>;
  /** How often each message arrived. */
  readonly messages: Map<string, number>;
}

/** Chat is a WebSocket API whose upstream keeps what it hears. Each message gets a response: the connection's id and the message. */
export interface Chat extends ChatLog, AsyncDisposable {
  /** The status of a message that a backend sends to a connection by way of a node; 0: the node did not respond. */
  post(by: ClusterNode, id: string, message: string): Promise<number>;
}

function startUpstream({ connected, disconnected, messages }: ChatLog): Promise<Upstream> {
  return startHttpUpstream(async (request, response) => {
    const id = String(request.headers["x-connection"]);
    if (request.url === "/message") {
      const message = (await readBody(request)).toString();
      add(messages, message);
      response.end(`${id} ${message}`);
      return;
    }
    add(request.url === "/connected" ? connected : disconnected, id);
    response.end();
  });
}

const specOf = (origin: string): object => {
  const informing = (what: string) => ({
    integration: {
      integrationType: "HTTP_PROXY",
      integrationUri: `${origin}/${what}`,
      integrationMethod: "POST",
      requestParameters: { "integration.request.header.X-Connection": "context.connectionId" },
    },
  });
  return webSocketApiSpec({
    routes: {
      $connect: informing("connected"),
      $disconnect: informing("disconnected"),
      $default: { ...informing("message"), ...twoWay },
    },
  });
};

/** startChat deploys the chat on every node of a cluster. */
export async function startChat(cluster: Cluster): Promise<Chat> {
  const log: ChatLog = { connected: new Map(), disconnected: new Map(), messages: new Map() };
  const upstream = await startUpstream(log);
  const { revision } = await cluster.apply([
    { kind: "Api", id: CHAT, spec: specOf(upstream.origin) },
    { kind: "ApiStage", apiId: CHAT, id: CHAT_STAGE, spec: { autoDeploy: true } },
    userOf("chatmanager", manager, [
      { Effect: "Allow", Action: "execute-api:ManageConnections", Resource: "*" },
    ]),
  ]);
  await cluster.waitApplied(revision);
  return {
    ...log,
    async post({ httpPort }, id, message) {
      const path = `/_aws/execute-api/${CHAT}/${CHAT_STAGE}/@connections/${encodeURIComponent(id)}`;
      const { call } = callsTo([httpPort]);
      const sent = call(path, signed(manager, path, { method: "POST", body: message }));
      return sent.then(
        ({ status }) => status,
        () => 0,
      );
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}
