import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { FunctionHost, HostedFunction } from "./function-host.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:";
const LOG_TAIL_BYTES = 4096;
/** What Lambda says of the trace of an invocation. */
export const LINEAGE =
  "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:abc:0";

/** LambdaRequest is a call of Lambda's API below a function. */
interface LambdaRequest {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Behind the function's name. */
  readonly what: string;
}

type Json = Record<string, unknown>;

/** A function's name in the forms in which AWS takes it: name, partial ARN, ARN, each with a version or alias. */
function nameOf(given: string): string {
  const parts = decodeURIComponent(given).split(":");
  const at = parts.indexOf("function");
  return (at < 0 ? parts[0] : parts[at + 1]) ?? "";
}

const viewOf = ({
  name,
  arn,
  runtime,
  handler,
  role,
  timeoutSeconds,
  environment,
}: HostedFunction): Json => ({
  FunctionName: name,
  FunctionArn: arn,
  Runtime: runtime,
  Handler: handler,
  Role: role,
  State: "Active",
  LastUpdateStatus: "Successful",
  Version: "$LATEST",
  Timeout: timeoutSeconds,
  MemorySize: 128,
  PackageType: "Zip",
  RevisionId: randomUUID(),
  Environment: { Variables: environment },
});

/** sendJson writes a response of the REST-JSON protocol. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value?: unknown,
  headers: Record<string, string> = {},
): void {
  const body = value === undefined ? "" : JSON.stringify(value);
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "x-amzn-RequestId": randomUUID(),
    "Content-Length": length,
    ...headers,
  });
  response.end(body);
}

/** LambdaApi is as much of Lambda's API as tests of a gateway use. */
export class LambdaApi {
  readonly #host: FunctionHost;
  readonly #functions = new Map<string, HostedFunction>();
  /** By the ids of their URLs. */
  readonly functionsByUrl = new Map<string, HostedFunction>();
  readonly #urlOf: (id: string) => string;

  /** `urlOf`: the function URL of an id. */
  constructor(host: FunctionHost, urlOf: (id: string) => string) {
    this.#host = host;
    this.#urlOf = urlOf;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(`http://lambda${request.url}`);
    const [, , kind, name = "", what = ""] = pathname.split("/");
    const { method = "GET", headers } = request;
    const body = await text(request);
    if (kind === "tags") return sendJson(response, 200, { Tags: {} });
    if (kind !== "functions") return notFound(response, `unknown path ${pathname}`);
    if (name === "") return this.#handleAll(method, body, response);
    const known = this.#functions.get(nameOf(name));
    if (!known) return notFound(response, `Function not found: ${ARN}${nameOf(name)}`);
    return this.#handleOne(known, { method, headers, body, what }, response);
  }

  async #handleAll(method: string, body: string, response: ServerResponse): Promise<void> {
    if (method === "GET")
      return sendJson(response, 200, { Functions: [...this.#functions.values()].map(viewOf) });
    const given = JSON.parse(body) as {
      readonly FunctionName: string;
      readonly Runtime?: string;
      readonly Handler: string;
      readonly Role: string;
      readonly Timeout?: number;
      readonly Environment?: { readonly Variables?: Record<string, string> };
      readonly Code: { readonly ZipFile: string };
    };
    const name = nameOf(given.FunctionName);
    const created: HostedFunction = {
      name,
      arn: ARN + name,
      runtime: given.Runtime ?? "python3",
      handler: given.Handler,
      role: given.Role,
      timeoutSeconds: given.Timeout ?? 3,
      environment: given.Environment?.Variables ?? {},
      folder: await this.#host.unpack(given.Code.ZipFile),
      policy: [],
    };
    this.#functions.set(name, created);
    return sendJson(response, 201, viewOf(created));
  }

  #handleOne(named: HostedFunction, request: LambdaRequest, response: ServerResponse): Promise<void> | void {
    const { method, body, what } = request;
    const given = () => (body === "" ? {} : JSON.parse(body)) as Json;
    switch (what) {
      case "invocations":
        return this.#invoke(named, request, response);
      case "url":
        return method === "POST" ? this.#createUrl(named, response) : sendJson(response, 204);
      case "policy":
        return method === "POST"
          ? addPermission(named, given(), response)
          : sendJson(response, 200, {
              Policy: JSON.stringify({ Version: "2012-10-17", Statement: named.policy }),
            });
      case "code":
        return this.#updateCode(named, given(), response);
      case "versions":
        return sendJson(response, 201, { ...viewOf(named), Version: "1", FunctionArn: `${named.arn}:1` });
      case "aliases": {
        const { Name, FunctionVersion } = given();
        return sendJson(response, 201, { AliasArn: `${named.arn}:${String(Name)}`, Name, FunctionVersion });
      }
      case "configuration":
        if (method !== "GET") configure(named, given());
        return sendJson(response, 200, viewOf(named));
      case "":
        if (method !== "DELETE")
          return sendJson(response, 200, { Configuration: viewOf(named), Code: { RepositoryType: "S3" } });
        this.#functions.delete(named.name);
        return sendJson(response, 204);
      default:
        return sendJson(response, 200, {});
    }
  }

  async #invoke(
    named: HostedFunction,
    { headers, body }: LambdaRequest,
    response: ServerResponse,
  ): Promise<void> {
    const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
    const remapped = { "x-amzn-Remapped-Content-Length": "0" };
    if (type === "DryRun") return sendJson(response, 204);
    if (type === "Event") {
      void this.#host.execute(named, body);
      return sendJson(response, 202, undefined, remapped);
    }
    const { requestId, output, hasThrown, log } = await this.#host.execute(named, body);
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(output),
      Connection: "keep-alive",
      "x-amzn-RequestId": requestId,
      ...remapped,
      "X-Amz-Executed-Version": "$LATEST",
      "X-Amzn-Trace-Id": LINEAGE,
      ...(hasThrown ? { "X-Amz-Function-Error": "Unhandled" } : {}),
      ...(headers["x-amz-log-type"] === "Tail"
        ? { "X-Amz-Log-Result": Buffer.from(log).subarray(-LOG_TAIL_BYTES).toString("base64") }
        : {}),
    });
    response.end(output);
  }

  #createUrl(named: HostedFunction, response: ServerResponse): void {
    const id = randomUUID().replaceAll("-", "");
    this.functionsByUrl.set(id, named);
    sendJson(response, 201, {
      FunctionUrl: this.#urlOf(id),
      FunctionArn: named.arn,
      AuthType: "NONE",
      CreationTime: "2026-01-01T00:00:00Z",
      InvokeMode: "BUFFERED",
    });
  }

  async #updateCode(named: HostedFunction, { ZipFile: zip }: Json, response: ServerResponse): Promise<void> {
    named.folder = await this.#host.unpack(String(zip));
    sendJson(response, 200, viewOf(named));
  }
}

const notFound = (response: ServerResponse, message: string): void =>
  sendJson(
    response,
    404,
    { Type: "User", Message: message },
    { "x-amzn-ErrorType": "ResourceNotFoundException" },
  );

function configure(named: HostedFunction, { Timeout, Environment }: Json): void {
  if (typeof Timeout === "number") named.timeoutSeconds = Timeout;
  const { Variables: variables } = (Environment ?? {}) as {
    readonly Variables?: Readonly<Record<string, string>>;
  };
  if (variables) named.environment = variables;
}

function addPermission(named: HostedFunction, given: Json, response: ServerResponse): void {
  const principal = String(given.Principal);
  const statement = {
    Sid: given.StatementId,
    Effect: "Allow",
    Principal: principal.includes(".") ? { Service: principal } : principal,
    Action: given.Action,
    Resource: named.arn,
  };
  named.policy.push(statement);
  sendJson(response, 201, { Statement: JSON.stringify(statement) });
}
