import { CommonError } from "../../aws-error.ts";
import {
  type Endpoint,
  type ErrorForm,
  type Host,
  headerOf,
  type Intent,
  isPostToRoot,
  refused,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "../endpoint.ts";
import { checkNesting } from "../nesting.ts";
import { REST_JSON_ERRORS } from "./errors.ts";
import { checkInput, type Inputs } from "./input.ts";
import { compact, type JsonObject, type Operation, RawResponse } from "./operation.ts";
import { Routes } from "./routes.ts";

/** RestJsonService is a service of AWS's REST JSON protocol: methods and paths, JSON bodies, the type of an error in a header. */
export interface RestJsonService extends ServiceHead {
  /** Prefix of all its paths. */
  readonly pathPrefix: string;
  readonly operations: readonly Operation[];
  /** The members of an operation's JSON body and their types. */
  readonly inputsOf: (operation: string) => Inputs | undefined;
  /** What a policy must allow for a call. `resource` is the normalized path of the call. */
  readonly intent: (call: {
    readonly operation: Operation;
    readonly resource: string;
    readonly region: string;
  }) => Intent;
}

/** After how many seconds a throttled caller may retry. */
const RETRY_AFTER_S = "1";

function parseBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    // reported below
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new CommonError("serialization", "the body must be a JSON object");
  checkNesting(parsed);
  return parsed as JsonObject;
}

function json(status: number, content: JsonObject | undefined): WireResponse {
  const body = Buffer.from(content === undefined ? "" : JSON.stringify(content));
  return { status, headers: body.length === 0 ? {} : { "Content-Type": "application/json" }, body };
}

function writeError({ code, status, message, hint }: ErrorForm): WireResponse {
  const { headers, body } = json(status, compact({ message, hint }));
  const retry = status === 429 || status === 503 ? { "Retry-After": RETRY_AFTER_S } : {};
  return { status, headers: { ...headers, "x-amzn-ErrorType": code, ...retry }, body };
}

/** restJsonEndpoint serves a service in the REST JSON protocol (AWS: Smithy, AWS restJson1 protocol). */
export function restJsonEndpoint(service: RestJsonService): Endpoint {
  const routes = new Routes(service.operations);

  const run = async (request: WireRequest, host: Host): Promise<WireResponse> => {
    const query = new URLSearchParams(request.query);
    const caller = host.identify(service);
    const { operation, path, resource } = routes.find(request.method, request.path, query);
    const { region, application } = host;
    const inUrl = { ...path, ...Object.fromEntries(query) };
    host.admit({
      service,
      operation: operation.name,
      caller,
      isReadOnly: operation.isReadOnly ?? operation.method === "GET",
      parameters: inUrl,
      intent: () => service.intent({ operation, resource, region }),
    });
    const body = operation.takesText ? {} : parseBody(request.body);
    await host.begin({ ...inUrl, ...(operation.recorded?.(body) ?? body) });
    checkInput(body, service.inputsOf(operation.name) ?? {});
    const output = await operation.run({
      accountId: caller.accountId,
      region,
      path,
      query,
      body,
      text: operation.takesText ? request.body.toString("utf8") : "",
      accept: headerOf(request, "accept") ?? "",
      application,
    });
    return output instanceof RawResponse
      ? { status: operation.status, headers: output.headers, body: output.content }
      : json(operation.status, output);
  };

  const refuse: Endpoint["refuse"] = (thrown, _request, host) =>
    refused(thrown, host, { service, common: REST_JSON_ERRORS, write: writeError });

  return {
    service,
    accepts: (request) => !isPostToRoot(request),
    claims: ({ path }) => path.startsWith(service.pathPrefix),
    serve: (request, host) =>
      run(request, host).then(
        (response) => ({ response }),
        (error: unknown) => refuse(error, request, host),
      ),
    refuse,
  };
}
