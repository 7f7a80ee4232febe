import { STATUS_CODES } from "node:http";
import type { Integrate } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import type { BuildInput } from "./build-input.ts";

const PROTOCOL = "sec-websocket-protocol";

/** nothing is the reply to a message whose sender gets no response. */
const nothing: Reply = { status: 200, headers: [], body: undefined };

const isProtocol = (name: string | undefined) => name?.toLowerCase() === PROTOCOL;

/** A connection is accepted by a status of 2xx; of the response only the sub-protocol counts. One that is refused has the headers that are mapped. */
function admission(reply: Reply, isMapped: boolean): Reply {
  const { status, headers } = reply;
  if (reply.refusal) return reply;
  if (status >= 200 && status < 300)
    return {
      status: 200,
      headers: headers.filter((_part, i) => isProtocol(headers[i - (i % 2)])),
      body: undefined,
    };
  const refused = deny(status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX", {
    status,
    message: STATUS_CODES[status] ?? "",
  });
  return isMapped ? { ...refused, headers: [...refused.headers, ...headers] } : refused;
}

/** The response to a message, where its route has one: a string is sent as text, bytes are sent as such. */
function response(reply: Reply): Reply {
  if (reply.refusal) return reply;
  return { status: reply.status, headers: [], body: reply.body?.length ? reply.body : undefined };
}

const acknowledged = (reply: Reply): Reply => (reply.refusal ? reply : nothing);

/** forRole makes of an integration's response what leaves the gateway. */
export function forRole(
  integrate: Integrate,
  { role, isTwoWay, integration }: Pick<BuildInput, "role" | "isTwoWay" | "integration">,
): Integrate {
  const isMapped = !integration.integrationType.endsWith("_PROXY");
  const admit = (reply: Reply) => admission(reply, isMapped);
  const shape = role === "connect" ? admit : isTwoWay ? response : acknowledged;
  return (call) => {
    const reply = integrate(call);
    return reply instanceof Promise ? reply.then((late) => late && shape(late)) : shape(reply);
  };
}
