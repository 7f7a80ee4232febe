import type { Call } from "../../call/call.ts";
import {
  canonicalName,
  HeaderRule,
  isNamedIn,
  rememberedByName,
  withoutNamed,
} from "../../call/header-rules.ts";
import type { ShapeHead } from "../../upstream/response-relay.ts";
import type { CallValues } from "../../values/call-values.ts";
import { pushForwardedHeaders } from "../../values/gateway-headers.ts";
import { RestHeaderRule, restHeaderRule } from "../header-rules.ts";
import { type CompiledParameters, pushMappedHeaders } from "../mapping/request-parameters.ts";

/** proxyHeaders are the client's headers, the mapped ones and what the gateway says of the call (AWS: HTTP proxy integrations). */
export function proxyHeaders(
  call: Call,
  apiId: string,
  { headers: mapped, headerNames }: CompiledParameters,
  values: CallValues | undefined,
): string[] {
  const { headers, connection } = call;
  const out: string[] = [];
  const dropped = HeaderRule.REMOVED | HeaderRule.FORWARDED | RestHeaderRule.NOT_PROXIED;
  const traceparent = call.traceparent();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const rule = restHeaderRule(name);
    if (rule & dropped) continue;
    if (traceparent !== undefined && rule & HeaderRule.TRACEPARENT) continue;
    if (connection !== "" && isNamedIn(connection, name)) continue;
    if (headerNames.size > 0 && headerNames.has(canonicalName(name))) continue;
    out.push(name, headers[i + 1] as string);
  }
  if (values) pushMappedHeaders(out, mapped, values);
  pushForwardedHeaders(out, call);
  out.push("X-Amzn-Apigateway-Api-Id", apiId, "X-Amzn-Trace-Id", call.traceHeader());
  if (traceparent !== undefined) out.push("traceparent", traceparent);
  return out;
}

const remappedName = rememberedByName((name) => `x-amzn-Remapped-${name}`);

/** restHead renames and drops headers of an upstream as REST APIs do. */
export const restHead: ShapeHead = (_call, status, headers) => {
  const out: string[] = [];
  let lengthBytes: number | undefined;
  let encoding = "";
  let connection = "";
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const rule = restHeaderRule(name);
    if (rule === 0) out.push(name, value);
    else if (rule & RestHeaderRule.REMAPPED) {
      if (rule & HeaderRule.CONNECTION) connection = connection === "" ? value : `${connection},${value}`;
      out.push(remappedName(name), value);
    } else if (rule & HeaderRule.CONTENT_LENGTH) {
      lengthBytes = Number(value);
      out.push("x-amzn-Remapped-Content-Length", value);
    } else if (rule & RestHeaderRule.CONTENT_ENCODING) encoding = value.toLowerCase();
    else if ((rule & RestHeaderRule.RESPONSE_DROPPED) === 0) out.push(name, value);
  }
  return { status, headers: withoutNamed(out, connection), lengthBytes, encoding };
};
