import { signRequest } from "@tollgate/iam";
import { type GatewayOptions, stageUrl } from "./gateway.ts";
import { CliError, EXIT } from "./output.ts";
import type { AwsIdentity } from "./settings.ts";

const SERVICE = "execute-api";

/** ManagementCall is a call of the management API of a stage (AWS: @connections). */
export interface ManagementCall {
  readonly method: "POST" | "GET" | "DELETE";
  /** Behind `@connections`: empty, or a slash and a connection id. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ManagementResponse {
  readonly status: number;
  readonly text: string;
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: AwsIdentity) {
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken };
  throw new CliError(
    "connections are managed with a signature: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user that may execute-api:ManageConnections",
    EXIT.USAGE,
  );
}

/** What responses say that a gateway gives where it serves no WebSocket API: of no API, of a REST API and of an HTTP API. */
const NO_WEBSOCKET_API: ReadonlySet<string> = new Set([
  "Forbidden",
  "Missing Authentication Token",
  "Not Found",
]);

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

/** refusalOf says what a response means that is not the one that was asked for. */
export function refusalOf(
  { status, text }: ManagementResponse,
  apiId: string,
  { stage, gateway }: GatewayOptions,
): CliError {
  const message = messageOf(text);
  if ((status === 403 || status === 404) && NO_WEBSOCKET_API.has(message))
    return new CliError(`${gateway} serves no WebSocket API '${apiId}' with a stage '${stage}'`);
  return new CliError(`the gateway responded with ${status}: ${message}`);
}

/** The reason of a fetch that got no response. */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
};

/** managementOf calls the management API of stages as AWS's clients do, signed by an identity. */
export const managementOf =
  (aws: AwsIdentity) =>
  async (
    apiId: string,
    options: GatewayOptions,
    { method, path, query = {}, body = "" }: ManagementCall,
  ): Promise<ManagementResponse> => {
    const credentials = credentialsOf(aws);
    const url = stageUrl(options, apiId);
    url.pathname += `/@connections${path}`;
    url.search = new URLSearchParams(query).toString();
    const signed = signRequest(
      {
        method,
        path: url.pathname,
        query: url.search.slice(1),
        headers: ["Host", url.host],
        body: Buffer.from(body),
      },
      { credentials, region: aws.region, service: SERVICE, unixMs: Date.now() },
    );
    const headers: [string, string][] = [];
    for (let i = 0; i < signed.length; i += 2) headers.push([signed[i] as string, signed[i + 1] as string]);
    const init = { method, headers, ...(method === "POST" ? { body } : {}) };
    const response = await fetch(url, init).catch((error: unknown) => {
      throw new CliError(
        `${url.origin} cannot be reached: ${reasonOf(error)}: name a node with --gateway or TOLLGATE_GATEWAY`,
      );
    });
    return { status: response.status, text: await response.text() };
  };
