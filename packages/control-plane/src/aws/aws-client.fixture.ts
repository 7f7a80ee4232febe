import type { IssueCertificate } from "../certificate/issue-certificate.ts";
import { createAccounts } from "../change/accounts.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { createApplicationPort } from "./application-port.ts";
import { CallRate } from "./call-rate.ts";
import { serveCall } from "./serve-call.ts";

/** Answer is the body of a response, its status, and the type of its error. */
export type Answer = Readonly<Record<string, unknown>> & {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  readonly hint?: string;
};

/**
 * startAwsClient calls AWS's control API of a gateway in memory, without sockets: "POST /restapis" and a body. $name in a call is the id in
 * `ids`.
 */
export async function startAwsClient({
  ordersCertificates = false,
  issueCertificate = undefined as IssueCertificate | undefined,
} = {}) {
  const application = await startMemoryApplication({}, undefined, { ordersCertificates });
  const context = {
    application,
    port: createApplicationPort(application, issueCertificate),
    identities: createIdentities(createAccounts(application)),
    sessions: new Sessions(application),
    isSigned: false,
    region: "us-east-1",
    rate: new CallRate(),
  };
  const ids: Record<string, string> = {};
  const named = (text: string) => text.replaceAll(/\$([a-z]+)\b/g, (all, name: string) => ids[name] ?? all);

  const call = async (
    request: string,
    body: unknown = {},
    headers: readonly string[] = [],
  ): Promise<Answer> => {
    const [method = "", target = ""] = named(request).split(" ");
    const [path = "", query = ""] = target.split("?");
    const text =
      method === "GET" || method === "DELETE" ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const { response } = await serveCall(context, {
      requestId: "1",
      method,
      path,
      query,
      headers: ["Host", "localhost", ...headers],
      body: Buffer.from(named(text)),
      sourceIp: "127.0.0.1",
      userAgent: "spec",
    });
    const content = response.body.length === 0 ? {} : (JSON.parse(response.body.toString()) as object);
    return { status: response.status, type: response.headers["x-amzn-ErrorType"], ...content } as Answer;
  };
  /** made is `call` for what must succeed. */
  const made = async (request: string, body?: unknown): Promise<Record<string, string>> => {
    const answer = await call(request, body);
    if (answer.status >= 300) throw new Error(`${request}: ${JSON.stringify(answer)}`);
    return answer as unknown as Record<string, string>;
  };
  /** Calls an operation of Certificate Manager, whose errors are named in their body. */
  const acm = async (operation: string, input: object): Promise<Answer> => {
    const target = ["X-Amz-Target", `CertificateManager.${operation}`];
    const answer = await call("POST /", input, [...target, "Content-Type", "application/x-amz-json-1.1"]);
    return { ...answer, type: String(answer.__type) };
  };
  return {
    application,
    ids,
    call,
    acm,
    made,
    [Symbol.asyncDispose]: () => application[Symbol.asyncDispose](),
  };
}

export type AwsClient = Awaited<ReturnType<typeof startAwsClient>>;
