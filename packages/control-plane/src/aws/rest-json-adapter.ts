import { apigateway, AwsError, RawAnswer, type JsonObject } from "@tollgate/aws-api";
import { authenticate, authorize, checkAccount } from "./authenticate.ts";
import type { Adapter, HttpReply, AdapterContext, HttpCall, Known } from "./adapter.ts";
import { toAwsError } from "./refused.ts";

const SERVICE = "apigateway";
/** When who was turned away may come again, in seconds. */
const RETRY_AFTER_S = "1";

function parseBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // told below
  }
  throw new AwsError("SerializationException", "the body must be a JSON object");
}

function jsonAnswer(status: number, body: JsonObject | undefined): HttpReply {
  const content = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  return { status, headers: content.length === 0 ? {} : { "Content-Type": "application/json" }, content };
}

/** RestJsonAdapter speaks the protocol of Amazon API Gateway's control API: paths, JSON, the type of an error in a header. */
export class RestJsonAdapter implements Adapter {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  async serve(request: HttpCall, known: Known, begin: () => Promise<void>): Promise<HttpReply> {
    const { isSigned, region, port } = this.#context;
    const { method, path: rawPath, sourceIp } = request;
    known.service = SERVICE;
    known.isReadOnly = method === "GET";
    const query = new URLSearchParams(request.query);
    const principal = (known.principal = authenticate(this.#context, request, [SERVICE], known));
    const { operation, path, resource } = apigateway.find(method, rawPath, query);
    known.operation = operation.name;
    known.parameters = { ...path, ...Object.fromEntries(query) };
    if (isSigned)
      authorize(principal, {
        action: `${SERVICE}:${method}`,
        resource: `arn:aws:apigateway:${region}::${resource}`,
        region,
        sourceIp,
      });
    checkAccount(this.#context, principal, known);
    const body = operation.takesText ? {} : parseBody(request.body);
    known.parameters = { ...path, ...Object.fromEntries(query), ...body };
    await begin();
    const answer = await operation.run({
      accountId: principal.accountId,
      region,
      path,
      query,
      body,
      text: operation.takesText ? request.body.toString("utf8") : "",
      accept: request.accept,
      application: port,
    });
    return answer instanceof RawAnswer
      ? { status: operation.status, headers: answer.headers, content: answer.content }
      : jsonAnswer(operation.status, answer);
  }

  failure(): HttpReply {
    const answer = jsonAnswer(500, { message: "Internal failure" });
    return { ...answer, headers: { ...answer.headers, "x-amzn-ErrorType": "InternalFailure" } };
  }

  refusal(thrown: unknown) {
    const error = toAwsError(thrown);
    if (!(error instanceof AwsError)) return undefined;
    const { status, type, message } = error;
    const answer = jsonAnswer(status, { message });
    const headers = {
      ...answer.headers,
      "x-amzn-ErrorType": type,
      ...(status === 429 || status === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
    };
    return { ...answer, headers, code: type, message };
  }
}
