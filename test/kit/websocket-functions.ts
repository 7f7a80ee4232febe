/** WebSocketEvent is what functions behind WebSocket APIs are given. */
export interface WebSocketEvent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>> & {
    readonly apiId: string;
    readonly eventType: string;
  };
  readonly body?: string;
}

/** chatFunction answers $connect as the query says, and messages as they ask. What happened on an API is kept for the message "events". */
export function chatFunction(): (event: WebSocketEvent) => unknown {
  const byApi = new Map<string, WebSocketEvent[]>();
  const eventsOf = ({ requestContext: { apiId } }: WebSocketEvent): WebSocketEvent[] => {
    const events = byApi.get(apiId) ?? [];
    byApi.set(apiId, events);
    return events;
  };
  const connected = ({ queryStringParameters: query = {} }: WebSocketEvent) => {
    if (query.fail === "throw") throw new Error("refused");
    if (query.fail === "malformed") return "ok";
    if (query.protocol) return { statusCode: 200, headers: { "sec-websocket-protocol": query.protocol } };
    return { statusCode: Number(query.status ?? 200) };
  };
  const asked = (event: WebSocketEvent) => {
    const { body = "" } = event;
    if (body === "events") return { statusCode: 200, body: JSON.stringify(eventsOf(event).splice(0)) };
    if (body === "event") return { statusCode: 200, body: JSON.stringify(event) };
    return { statusCode: 200, body: `echo ${body}` };
  };
  return (event) => {
    const { eventType } = event.requestContext;
    if (eventType !== "MESSAGE") eventsOf(event).push(event);
    if (eventType === "CONNECT") return connected(event);
    return eventType === "MESSAGE" ? asked(event) : { statusCode: 200 };
  };
}

interface AuthorizerEvent {
  readonly methodArn: string;
  readonly queryStringParameters: Readonly<Record<string, string>>;
}

/** connectAuthorizer allows or denies $connect as the query parameter "as" says, and tells in its context what it was given. */
export function connectAuthorizer(event: AuthorizerEvent): unknown {
  const { as: wish, key } = event.queryStringParameters;
  const answer = (effect: string, resource: string, more: object = {}) => ({
    principalId: "ada",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
    },
    context: { level: 3, event: JSON.stringify(event) },
    ...more,
  });
  switch (wish) {
    case "allow":
      return answer("Allow", event.methodArn);
    case "key":
      return answer("Allow", "*", { usageIdentifierKey: key });
    case "elsewhere":
      return answer("Allow", event.methodArn.replace("$connect", "*/*"));
    case "deny":
      return answer("Deny", "*");
    case "unauthorized":
      throw new Error("Unauthorized");
    case "throw":
      throw new Error("something else");
    default:
      return { statusCode: 401 };
  }
}
