import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { documentationPage } from "@tollgate/openapi";
import { type BearerToken, type Operator, operatorOfToken } from "@tollgate/proto/access";
import type { Application } from "../application.ts";
import { identityOfOperator } from "../audit/audit-record.ts";
import { accountOf } from "../config/wire.ts";
import { createExportRestApi } from "../definition/export-rest-api.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { isLocalName } from "./local-name.ts";

/** /docs/{API}/{stage}: the documentation of a stage as a web page. */
const PATH = /^\/docs\/([a-z0-9]{10})\/([A-Za-z0-9_-]{1,128})$/;
const READERS = new Set(["admin", "deployer", "viewer"]);

/** The page loads no other resources and cannot be embedded in a frame. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

export interface DocumentationPageOptions {
  readonly application: Application;
  readonly region: string;
  /** undefined: callers are not authenticated, which is possible on loopback only. */
  readonly tokens: (() => readonly BearerToken[]) | undefined;
}

const STATUSES: Readonly<Partial<Record<RefusalReason, number>>> = { "not-found": 404, unavailable: 503 };
const ANYBODY: Operator = { name: "anonymous", roles: ["viewer"] };

/** Without tokens, only callers on this machine can read a page. With tokens, browsers ask for a password, which is a token. */
function readerOf(
  request: IncomingMessage,
  tokens: DocumentationPageOptions["tokens"],
): Operator | undefined {
  if (tokens === undefined) return isLocalName(request.headers.host) ? ANYBODY : undefined;
  const [, encoded = ""] = /^Basic (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  const token = Buffer.from(encoded, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
  const operator = operatorOfToken(token, tokens());
  return operator?.roles.some((role) => READERS.has(role)) ? operator : undefined;
}

const say = (
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
) => {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
  response.end(`${text}\n`);
};

/** createDocumentationPages responds to requests for documentation, and says whether a request was one. */
export function createDocumentationPages({ application, region, tokens }: DocumentationPageOptions) {
  const exportRestApi = createExportRestApi(application, region);
  const { audit, logger } = application;

  const show = async (
    request: IncomingMessage,
    response: ServerResponse,
    { apiId, stageName, account }: { apiId: string; stageName: string; account: string },
  ): Promise<void> => {
    const operator = readerOf(request, tokens);
    if (!operator)
      return tokens === undefined
        ? say(response, 403, "use localhost or an IP address")
        : say(response, 401, "enter a token of this server as the password", {
            "WWW-Authenticate": 'Basic realm="Tollgate", charset="UTF-8"',
          });
    const accountId = accountOf(account);
    const userAgent = request.headers["user-agent"] ?? "";
    const { definition } = await exportRestApi({
      $typeName: "tollgate.control.v1.ExportRestApiRequest",
      accountId,
      apiId,
      stageName,
      type: 0,
      format: 0,
      extensions: [],
    });
    await audit.open().end(
      {
        accountId,
        eventSource: "definition.tollgate",
        eventName: "ShowDocumentation",
        userIdentity: identityOfOperator({ operator, peer: "", userAgent }),
        sourceIpAddress: request.socket.remoteAddress ?? "",
        userAgent,
        region,
        isReadOnly: true,
        parameters: { apiId, stageName },
        requestId: randomUUID(),
      },
      undefined,
    );
    response.writeHead(200, HEADERS);
    response.end(documentationPage(definition));
  };

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    // The path is only matched against the pattern, so it needs no further checks.
    const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s);
    const [, apiId, stageName] = PATH.exec(path) ?? [];
    if (request.method !== "GET" || apiId === undefined || stageName === undefined) return false;
    const account = new URLSearchParams(query).get("account") ?? "";
    show(request, response, { apiId, stageName, account }).catch((error: unknown) => {
      if (error instanceof Refusal) return say(response, STATUSES[error.reason] ?? 400, error.message);
      logger.error({ err: error }, "documentation could not be shown");
      return say(response, 500, "the documentation cannot be shown");
    });
    return true;
  };
}
