import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { openStateFolder, type TlsFiles, watchFiles } from "@tollgate/telemetry";
import type { EdgeAccess } from "../listener/edge-access.ts";
import type { DataPlaneSettings } from "../settings.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_MS = 90 * DAY_MS;
const RENEW_MS = 30 * DAY_MS;
const NONE: readonly string[] = [];
/** How soon another token is used. */
const TOKEN_CHECK_MS = 2_000;

export interface OpenEdgeAccessOptions {
  readonly token: (() => string) | undefined;
  readonly nodeTokens: (() => readonly string[]) | undefined;
  readonly tls: TlsFiles | undefined;
  /** The state directory: without files, its authority signs for the nodes of this machine. */
  readonly home: string;
  /** Gets what replaces `current`. */
  readonly onChange: (access: EdgeAccess) => void;
}

/** OpenEdgeAccess is what a node and its edge nodes show each other. */
export interface OpenEdgeAccess extends Disposable {
  readonly current: EdgeAccess;
}

type Tokens = Pick<EdgeAccess, "token" | "accepted">;
type Shown = Omit<EdgeAccess, keyof Tokens>;

const textOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, "utf8");

/** Throws while the files do not belong together, as when one of them has been replaced. */
function readFiles({ certificate, key, authorities }: TlsFiles): Shown {
  const [cert, privateKey, ca] = [textOf(certificate), textOf(key), textOf(authorities)];
  createSecureContext({ ...(cert && { cert, key: privateKey }), ...(ca && { ca }) });
  return { certificate: cert, privateKey, authorities: ca, isMutual: ca !== undefined };
}

/** Of the internal authority: the token says who an edge node is. */
async function issued(home: string): Promise<Shown> {
  openStateFolder(home, "certificates");
  const { openAuthority } = await import("@tollgate/certificates");
  const authority = await openAuthority(join(home, "certificates"));
  const names = ["localhost", hostname(), "127.0.0.1", "::1"] as const;
  const { certificate, privateKey } = await authority.issue({ names, validMs: VALID_MS });
  return { certificate, privateKey, authorities: authority.certificate, isMutual: false };
}

/** openEdgeAccess reads the files of TOLLGATE_TLS_CERT, TOLLGATE_TLS_KEY and TOLLGATE_TLS_CA, again when they have changed; without them, the internal authority issues a certificate. */
export async function openEdgeAccess({
  token,
  nodeTokens,
  tls,
  home,
  onChange,
}: OpenEdgeAccessOptions): Promise<OpenEdgeAccess> {
  const scope = new DisposableStack();
  const tokens = (): Tokens => ({ token: token?.(), accepted: nodeTokens?.() ?? NONE });
  let current: EdgeAccess = { ...(tls ? readFiles(tls) : await issued(home)), ...tokens() };
  const change = (part: Partial<EdgeAccess>) => onChange((current = { ...current, ...part }));
  const every = (ms: number, look: () => void) => scope.adopt(setInterval(look, ms).unref(), clearInterval);
  if (tls) {
    const files = [tls.certificate, tls.key, tls.authorities].flatMap((file) => file ?? []);
    scope.use(watchFiles(files, () => change(readFiles(tls))));
  } else every(RENEW_MS / 2, () => void issued(home).then(change, () => undefined));
  every(TOKEN_CHECK_MS, () => {
    const now = tokens();
    if (now.accepted !== current.accepted) change(now);
  });
  return {
    get current() {
      return current;
    },
    [Symbol.dispose]: () => scope.dispose(),
  };
}

/** openEdge is what a node shows edge nodes; undefined: they do not reach it. */
export async function openEdge(
  scope: AsyncDisposableStack,
  {
    edgePort,
    token,
    nodeTokens,
    tls,
    home,
  }: Pick<DataPlaneSettings, "edgePort" | "token" | "nodeTokens" | "tls" | "home">,
  onChange: (access: EdgeAccess) => void,
): Promise<OpenEdgeAccess | undefined> {
  return edgePort === undefined
    ? undefined
    : scope.use(await openEdgeAccess({ token, nodeTokens, tls, home, onChange }));
}
