import { readsBody as isBodyExpression, JsonBody } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import { logEndpointRequest, logMethodBody } from "../../call/execution-steps.ts";
import type { Reply } from "../../call/reply.ts";
import { readBodyParts, readWholeBody } from "../../call/request-body.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { ResponseRelay } from "../../upstream/response-relay.ts";
import {
  type Transport,
  type UpstreamBody,
  type UpstreamRequest,
  wholeBody,
} from "../../upstream/transport.ts";
import { compileEndpoint, type EndpointOf } from "../../upstream/upstream-endpoint.ts";
import { noValues, type ResolveUri } from "../../upstream/upstream-uri.ts";
import { compileBinaryMatcher, mediaTypeOf } from "../../values/binary-media.ts";
import { ASIDE_FROM_CHARS, readBody } from "../../values/body-work.ts";
import { CallValues } from "../../values/call-values.ts";
import { type ContentHandling, requestPayload } from "../../values/payload.ts";
import { restStateOf } from "../call-state.ts";
import type { RestContext } from "../context.ts";
import { type CompiledParameters, compileParameters, upgradeOf } from "../mapping/request-parameters.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { proxyHeaders, restHead } from "./proxy-headers.ts";
import { compileIntegrationUri } from "./uri.ts";

const brokenMapping = deny("API_CONFIGURATION_ERROR");
const unreachable = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");

/** httpProxy passes a call on to an HTTP upstream, once its body has arrived, and streams its response back. */
export function httpProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"HTTP_PROXY">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at);
  if (!parameters.ok) return parameters;
  const { path, query, broken, readsBody } = parameters.value;
  const uri = compileIntegrationUri(integration.uri, context, { path, overridable: false }, at);
  if (!uri.ok) return uri;
  const endpoint = compileEndpoint(
    { ...integration, clientCertificateId: context.clientCertificateId },
    context,
    at,
  );
  if (!endpoint.ok) return endpoint;
  if (broken) return { ok: true, integrate: () => brokenMapping };
  const { httpMethod, timeoutInMillis: timeoutMs, requestParameters, contentHandling } = integration;
  const expressions = Object.values(requestParameters).filter(isBodyExpression);
  const { headers, upgrade } = parameters.value;
  const needsValues = path.size > 0 || query.length > 0 || headers.length > 0 || upgrade !== undefined;
  const convert = conversionOf(contentHandling, context);
  const forward = forwarder({
    parameters: parameters.value,
    resolve: uri.resolve,
    endpointOf: endpoint.endpointOf,
    fixedMethod: httpMethod === "ANY" ? undefined : httpMethod,
    timeoutMs,
    apiId: context.apiId,
    transport: ports.transport,
  });

  /** Nobody but the upstream reads it. */
  const passesBody = !convert && !readsBody;
  const valuesOf = (call: Call) => (needsValues ? new CallValues(call) : undefined);
  const send = (call: Call, body: Buffer | undefined): Reply | Promise<Reply | undefined> => {
    if (!readsBody) return forward(call, body, valuesOf(call));
    const text = body?.toString("utf8") ?? "";
    if (text.length < ASIDE_FROM_CHARS) return forward(call, body, new CallValues(call, new JsonBody(text)));
    return ports
      .bodyWork({ text, expressions })
      .then((result) => forward(call, body, new CallValues(call, readBody(text, result))));
  };

  return {
    ok: true,
    integrate: (call) => {
      if (!convert && !call.hasBody && !readsBody) return send(call, undefined);
      // Read first: no connection of the upstream, and none of the integration's time, is spent on a client that sends slowly.
      if (passesBody && !call.log) {
        const read = readBodyParts(call);
        return read instanceof Promise
          ? read.then((body) => forward(call, body, valuesOf(call)))
          : send(call, read);
      }
      const read = readWholeBody(call);
      const sendRead = (body: Buffer) => send(call, convert ? convert(call, body) : body);
      return read instanceof Promise ? read.then(sendRead) : sendRead(read);
    },
  };
}

/** Target is where calls are forwarded to, and how. */
interface Target {
  readonly parameters: CompiledParameters;
  readonly resolve: ResolveUri;
  readonly endpointOf: EndpointOf;
  /** undefined: the client's. */
  readonly fixedMethod: string | undefined;
  readonly timeoutMs: number;
  readonly apiId: string;
  readonly transport: Transport;
}

/** A call that is logged has its body as one. */
type Forward = (
  call: Call,
  body: UpstreamBody | undefined,
  values: CallValues | undefined,
) => Reply | Promise<Reply | undefined>;

/** forwarder sends a call to the target and streams the response back. */
function forwarder({
  parameters,
  resolve,
  endpointOf,
  fixedMethod,
  timeoutMs,
  apiId,
  transport,
}: Target): Forward {
  return (call, body, values) => {
    if (call.log) logMethodBody(call, wholeBody(body));
    const target = resolve(values ?? noValues);
    if (!target) {
      call.log?.fail("Execution failed due to configuration error: Invalid endpoint address");
      return invalidUri;
    }
    const reached = endpointOf(target.origin);
    if (!reached) return unreachable;
    const queryString = joinQuery(target.query, call.query, parameters.query, values);
    call.beginIntegration(performance.now(), target.origin);
    const headers = proxyHeaders(call, apiId, parameters, values);
    if (reached.host !== undefined && !parameters.headerNames.has("host")) headers.push("Host", reached.host);
    const path = queryString === "" ? target.path : `${target.path}?${queryString}`;
    if (call.log) logEndpointRequest(call, `${target.origin}${path}`, headers, wholeBody(body));
    const request: UpstreamRequest = {
      origin: reached.origin,
      path,
      method: fixedMethod ?? call.method,
      headers,
      body,
      upgrade: upgradeOf(parameters, values),
      timeoutMs,
      tls: reached.tls,
      isServiceCall: false,
    };
    return new Promise((settle) => {
      const relay = new ResponseRelay(call, restHead, settle, restStateOf(call)?.capture);
      relay.control = transport.send(request, relay);
    });
  };
}

/** What contentHandling makes of a request's body; undefined: it passes as it is. */
function conversionOf(
  handling: ContentHandling,
  { binaryMediaTypes }: RestContext,
): ((call: Call, body: Buffer) => Buffer) | undefined {
  if (handling === undefined) return undefined;
  const isBinary = compileBinaryMatcher(binaryMediaTypes);
  return (call, body) => requestPayload(body, isBinary(mediaTypeOf(call.contentType)), handling).bytes;
}
