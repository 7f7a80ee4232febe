import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { openGateway } from "../../../kit/gateway.ts";
import { baseEnv, freePort, startProcess, until } from "../../../kit/process.ts";

const ENTRY = fileURLToPath(new URL("../../../../packages/standalone/src/main.ts", import.meta.url));

/** All of it starts in one process. */
const STARTED_MS = 240_000;

/** startApart starts a Tollgate in a process of its own: what it prints and what it keeps can be looked at. */
export async function startApart(env: Readonly<Record<string, string>>) {
  const scope = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "tollgate-planted-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const [http, https, grpc, control, metering, admin] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const child = startProcess(process.execPath, [ENTRY], {
    env: {
      ...baseEnv(),
      NO_COLOR: "1",
      TOLLGATE_HOME: home,
      TOLLGATE_WORKERS: "1",
      TOLLGATE_LOG_LEVEL: "debug",
      TOLLGATE_HTTP_PORT: String(http),
      TOLLGATE_HTTPS_PORT: String(https),
      TOLLGATE_GRPC_PORT: String(grpc),
      TOLLGATE_CONTROL_PORT: String(control),
      TOLLGATE_METERING_PORT: String(metering),
      TOLLGATE_ADMIN_PORT: String(admin),
      ...env,
    },
  });
  scope.use(child);
  await until(
    () => child.output(),
    () => child.output().includes("ready {"),
    STARTED_MS,
  );
  const gateway = openGateway({
    httpPorts: [http],
    adminPorts: [admin],
    grpcPort: grpc,
    controlPort: control,
    meteringPort: metering,
    rootKey: undefined,
    token: undefined,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  });
  return { ...gateway, home, output: child.output };
}

/** GatewayApart is a Tollgate in a process of its own. */
export type GatewayApart = Awaited<ReturnType<typeof startApart>>;

export interface KeptFile {
  /** Below the home. */
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** keptFiles are all files that the processes of a home keep now. */
export const keptFiles = (home: string): readonly KeptFile[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .map((file) => ({
      path: relative(home, file),
      mode: statSync(file).mode & 0o777,
      text: readFileSync(file, "latin1"),
    }));
