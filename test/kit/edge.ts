import { dirname } from "node:path";
import { startPart } from "./cluster.ts";
import type { Gateway } from "./gateway.ts";

/** TestedEdge is a running edge node. */
export interface TestedEdge extends AsyncDisposable {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly adminPort: number;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

/** startEdge starts an edge node, as a process of its own, in front of a gateway whose TOLLGATE_EDGE_PORT is set. It shares the gateway's authority. */
export async function startEdge(
  gateway: Pick<Gateway, "authorityFile" | "edgePort" | "grpcPort">,
  env: Readonly<Record<string, string>> = {},
): Promise<TestedEdge> {
  const part = await startPart("data-plane", {
    TOLLGATE_HOME: dirname(dirname(gateway.authorityFile as string)),
    TOLLGATE_NODE_ID: "edge-1",
    TOLLGATE_CONTROL_PLANE: `127.0.0.1:${gateway.grpcPort}`,
    TOLLGATE_EDGE: `127.0.0.1:${gateway.edgePort}`,
    TOLLGATE_HTTP_PORT: "0",
    TOLLGATE_HTTPS_PORT: "0",
    TOLLGATE_ADMIN_PORT: "0",
    ...env,
  });
  const { httpPort = 0, httpsPort = 0, adminPort = 0 } = part.facts;
  return {
    httpPort,
    httpsPort,
    adminPort,
    kill: part.kill,
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  };
}
