import type { IncomingMessage, ServerResponse } from "node:http";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { isLocalName } from "./local-name.ts";

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

export interface HomePageOptions {
  readonly application: Application;
  /** Whether the stages are listed; false where callers must be known, because the page asks nobody who they are. */
  readonly isOpen: boolean;
}

const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const link = (path: string, text: string) => `<li><a href="${escaped(path)}">${escaped(text)}</a></li>`;

/** The documentation of the stages of REST APIs, by API. */
function stageLinks({ mirror }: Application): string[] {
  return [...mirror.accounts].flatMap(([accountId, account]) =>
    [...account.entities.unpacked()].flatMap(({ entity }) => {
      if (entity.kind !== "Stage") return [];
      const name = account.find("RestApi", "", entity.apiId)?.spec.name ?? entity.apiId;
      const query = accountId === accountOf("") ? "" : `?account=${accountId}`;
      return [
        link(`/docs/${entity.apiId}/${entity.id}${query}`, `Documentation of ${name}, stage ${entity.id}`),
      ];
    }),
  );
}

const page = (links: readonly string[]) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Tollgate</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:.1em .3em}</style></head>
<body>
<h1>Tollgate</h1>
<p>This is the control plane. AWS's clients use this address as their endpoint:
<code>aws apigateway get-rest-apis --endpoint-url http://…</code></p>
<ul>
${links.join("\n")}
</ul>
</body>
</html>
`;

/** createHomePage responds to browsers that ask for the address itself, and says whether a request was one. AWS's clients never do. */
export const createHomePage =
  ({ application, isOpen }: HomePageOptions) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const isAsked = request.url === "/" && (request.method === "GET" || request.method === "HEAD");
    if (!isAsked) return false;
    const stages = isOpen && isLocalName(request.headers.host) ? stageLinks(application) : [];
    response.writeHead(200, HEADERS);
    response.end(
      page([...stages, link("/readyz", "Whether the control plane is ready"), link("/metrics", "Metrics")]),
    );
    return true;
  };
