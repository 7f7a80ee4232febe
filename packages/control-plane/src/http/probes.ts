import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** ServedState is what the HTTP port can serve at the moment. */
export interface ServedState {
  /** Serves everything but probes; undefined: the config has not been read yet. */
  serve: RequestListener | undefined;
  /** Why the config store cannot be reached; undefined: it can. */
  outage: () => string | undefined;
  /** Responds to /metrics; undefined: there are none yet. */
  metrics: RequestListener | undefined;
}

function readiness({ serve, outage }: ServedState, isStoreExcluded: boolean): string | undefined {
  const cause = outage();
  if (!serve) return cause ?? "the config has not been read yet";
  return cause === undefined || isStoreExcluded ? undefined : `${cause}: reads go on, changes are refused`;
}

/**
 * serveWithProbes responds to probes and scrapes from the start, and passes other requests on once they can be served. /readyz?exclude=store leaves out
 * whether changes can be stored, for load balancers that should keep sending reads while no control plane can store anything.
 */
export const serveWithProbes =
  (state: ServedState): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) => {
    const [path, query = ""] = (request.url ?? "").split("?", 2);
    if (state.metrics && path === "/metrics") {
      state.metrics(request, response);
      return;
    }
    if (state.serve && path !== "/livez" && path !== "/readyz") {
      state.serve(request, response);
      return;
    }
    const reason =
      path === "/livez"
        ? undefined
        : readiness(state, new URLSearchParams(query).getAll("exclude").includes("store"));
    response.writeHead(reason === undefined ? 200 : 503, { "content-type": "text/plain; charset=utf-8" });
    response.end(`${reason ?? "ok"}\n`);
  };
