import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { Transform } from "node:stream";
import type { Call } from "../call.ts";
import { deny } from "../errors.ts";
import { HeaderRule, headerRule, isNamedIn } from "../header-rules.ts";
import type { UpstreamControl, UpstreamFailure, UpstreamHandler } from "../ports.ts";
import type { Reply } from "../reply.ts";
import { JsonBody, type RequestValues } from "@tollgate/mapping";
import { chooseCoding } from "../compression.ts";
import { logEndpointAnswer, logEndpointRequest } from "../execution-log.ts";
import { CallValues } from "../mapping/call-values.ts";
import { readWholeBody } from "../mapping/request-body.ts";
import { failureReply, logFailure } from "./failure.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import {
  compileParameters,
  joinQuery,
  pushMappedHeaders,
  type CompiledParameters,
} from "../mapping/request-parameters.ts";
import { compileEndpoint } from "./upstream-endpoint.ts";
import { compileUri } from "./upstream-uri.ts";

const brokenMapping = deny("API_CONFIGURATION_ERROR");
const unreachable = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");

/** httpProxy passes a call on to an HTTP upstream and streams its answer back; nothing is kept unless the request's length is unknown. */
export function httpProxy({
  integration,
  context,
  ports,
  at,
}: BuildInput<IntegrationOf<"HTTP_PROXY">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at);
  if (!parameters.ok) return parameters;
  const { path, query, broken, readsBody } = parameters.value;
  const uri = compileUri(integration.uri, context.stageVariables, { path, overridable: false, at });
  if (!uri.ok) return uri;
  const endpoint = compileEndpoint(integration, context, at);
  if (!endpoint.ok) return endpoint;
  const { endpointOf } = endpoint;
  if (broken) return { ok: true, integrate: () => brokenMapping };
  const { resolve } = uri;
  const fixedMethod = integration.httpMethod === "ANY" ? undefined : integration.httpMethod;
  const timeoutMs = integration.timeoutInMillis;
  const { transport } = ports;
  const needsValues = path.size > 0 || query.length > 0 || parameters.value.headers.length > 0;

  const send = (call: Call, body: Buffer | undefined): Reply | Promise<Reply | undefined> => {
    const values = needsValues
      ? new CallValues(call, readsBody ? new JsonBody(body?.toString("utf8") ?? "") : undefined)
      : undefined;
    const target = resolve(values ?? noValues);
    if (!target) return invalidUri;
    const at_ = endpointOf(target.origin);
    if (!at_) return unreachable;
    const queryString = joinQuery(target.query, call.query, query, values);
    call.beginIntegration(performance.now(), target.origin);
    const stream = body === undefined && call.hasBody;
    const headers = requestHeaders(call, context.restApiId, parameters.value, values);
    if (stream) headers.push("Content-Length", String(call.contentLengthBytes));
    if (at_.host !== undefined && !parameters.value.headerNames.has("host")) headers.push("Host", at_.host);
    const pathAndQuery = queryString === "" ? target.path : `${target.path}?${queryString}`;
    if (call.log) logEndpointRequest(call, `${target.origin}${pathAndQuery}`, headers, body);
    return new Promise((settle) => {
      const answer = new ProxyAnswer(call, settle);
      answer.control = transport.send(
        {
          origin: at_.origin,
          path: pathAndQuery,
          method: fixedMethod ?? call.method,
          headers,
          body: stream ? call.exchange.body : body,
          timeoutMs,
          tls: at_.tls,
        },
        answer,
      );
    });
  };

  return {
    ok: true,
    integrate: (call) => {
      if (call.wholeBody) return send(call, call.wholeBody);
      if (!call.chunked && !readsBody) return send(call, undefined);
      // A body of unknown length is read first: it must be counted against the payload limit before anything of it goes out.
      return readWholeBody(call).then((body) => send(call, body));
    },
  };
}

const NO_BODY = new JsonBody("");
const noValues: RequestValues = {
  body: () => NO_BODY,
  pathParameter: () => undefined,
  queryParameter: () => [],
  header: () => [],
  contextVariable: () => undefined,
};

function requestHeaders(
  call: Call,
  restApiId: string,
  { headers: mapped, headerNames }: CompiledParameters,
  values: CallValues | undefined,
): string[] {
  const { headers, connection } = call;
  const out: string[] = [];
  const dropped = HeaderRule.REMOVED | HeaderRule.NOT_PROXIED;
  const traceparent = call.traceparent();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const rule = headerRule(name);
    if (rule & dropped) continue;
    if (traceparent !== undefined && rule & HeaderRule.TRACEPARENT) continue;
    if (connection !== "" && isNamedIn(connection, name)) continue;
    if (headerNames.size > 0 && headerNames.has(name.toLowerCase())) continue;
    out.push(name, headers[i + 1] as string);
  }
  if (values) pushMappedHeaders(out, mapped, values);
  out.push(
    "X-Forwarded-For",
    call.sourceIp,
    "X-Forwarded-Proto",
    call.scheme,
    "X-Forwarded-Port",
    String(call.port),
  );
  out.push("X-Amzn-Apigateway-Api-Id", restApiId, "X-Amzn-Trace-Id", call.traceHeader());
  if (traceparent !== undefined) out.push("traceparent", traceparent);
  return out;
}

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** ProxyAnswer hands an upstream's answer to the client as it comes. */
class ProxyAnswer implements UpstreamHandler {
  readonly #call: Call;
  readonly #settle: (reply: Reply | undefined) => void;
  control: UpstreamControl | undefined = undefined;
  #status = 0;
  #first: Transform | undefined = undefined;
  #last: Transform | undefined = undefined;

  constructor(call: Call, settle: (reply: Reply | undefined) => void) {
    this.#call = call;
    this.#settle = settle;
    call.exchange.onClientGone = () => this.control?.abort();
    call.exchange.onDrain = () => this.control?.resume();
  }

  onHead(status: number, statusText: string, headers: readonly string[]): void {
    this.#status = status;
    const out: string[] = [];
    let lengthBytes: number | undefined;
    let encoding = "";
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      const value = headers[i + 1] as string;
      const rule = headerRule(name);
      if (rule === 0) out.push(name, value);
      else if (rule & (HeaderRule.REMAPPED | HeaderRule.PROXY_REMAPPED))
        out.push(`x-amzn-Remapped-${name}`, value);
      else if (rule & HeaderRule.CONTENT_LENGTH) {
        lengthBytes = Number(value);
        out.push("x-amzn-Remapped-Content-Length", value);
      } else if (rule & HeaderRule.CONTENT_ENCODING) encoding = value.toLowerCase();
      else if ((rule & HeaderRule.ANSWER_DROPPED) === 0) out.push(name, value);
    }
    // AWS drops Content-Encoding; for the client to read the body it must be decoded then.
    const bodiless = this.#call.method === "HEAD" || status === 204 || status === 304;
    const createDecoder = bodiless ? undefined : decoders[encoding];
    if (createDecoder) {
      this.#through(createDecoder());
      lengthBytes = undefined;
    }
    const coding = bodiless || lengthBytes === 0 ? undefined : chooseCoding(this.#call, lengthBytes);
    if (coding) {
      this.#through(coding.stream());
      lengthBytes = undefined;
      out.push("Content-Encoding", coding.name);
    }
    if (this.#call.log) this.#log(status, headers);
    const { exchange, requestId, extendedRequestId } = this.#call;
    out.push("x-amzn-RequestId", requestId, "x-amz-apigw-id", extendedRequestId);
    exchange.start(status, statusText, out, lengthBytes);
  }

  #log(status: number, headers: readonly string[]): void {
    const { log } = this.#call;
    if (!log) return;
    logEndpointAnswer(this.#call, status, headers, undefined);
    log.add("Successfully completed execution");
    log.add(`Method completed with status: ${status}`);
  }

  /** Sends the body through a transform: the first one hears the upstream, the last one speaks to the client. */
  #through(transform: Transform): void {
    const { exchange } = this.#call;
    transform.on("error", () => exchange.destroy());
    if (this.#first) {
      this.#last?.removeAllListeners("data").removeAllListeners("end").pipe(transform);
    } else {
      this.#first = transform;
      transform.on("drain", () => this.control?.resume());
    }
    this.#last = transform;
    transform.on("data", (chunk: Buffer) => {
      if (!exchange.write(chunk)) transform.pause();
    });
    transform.on("end", () => this.#finish());
    exchange.onDrain = () => transform.resume();
  }

  onData(chunk: Buffer): boolean {
    return this.#first ? this.#first.write(chunk) : this.#call.exchange.write(chunk);
  }

  onEnd(): void {
    this.#call.endIntegration(performance.now(), this.#status);
    if (this.#first) this.#first.end();
    else this.#finish();
  }

  #finish(): void {
    this.#call.exchange.end();
    this.#settle(undefined);
  }

  onFailure(failure: UpstreamFailure): void {
    const { exchange } = this.#call;
    const reply = failureReply[failure];
    logFailure(this.#call, failure);
    this.#call.endIntegration(performance.now(), reply.status);
    if (this.#status === 0) this.#settle(reply);
    else {
      exchange.destroy();
      this.#settle(undefined);
    }
  }
}
