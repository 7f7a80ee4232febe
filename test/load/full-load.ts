import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openControl } from "../kit/control.ts";
import { baseEnv, family, startProcess, until } from "../kit/process.ts";
import { deployRestApi, proxy } from "../kit/rest-api.ts";
import { round, rssBytes } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";
import { standalonePorts } from "./standalone-ports.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const API = "fullload01";
const MB = 1_000_000;
const CONNECTIONS = 64;
const SAMPLE_SECONDS = 10;

/** fullLoad keeps a whole standalone busy for some minutes, as `npm start` runs it, and measures the most resident memory that all of its processes have together. */
export async function fullLoad({
  minutes,
}: {
  readonly minutes: number;
}): Promise<MeasuredReport<"full-load">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const home = mkdtempSync(join(tmpdir(), "tollgate-full-load-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const ports = await standalonePorts();
  const standalone = scope.use(
    startProcess(process.execPath, [join(ROOT, "packages", "standalone", "src", "main.ts")], {
      cwd: ROOT,
      env: { ...baseEnv(), ...ports, TOLLGATE_HOME: home, TOLLGATE_LOG_LEVEL: "error" },
    }),
  );
  const port = (name: keyof typeof ports) => Number(ports[name]);
  const readyUrl = `http://127.0.0.1:${port("TOLLGATE_CONTROL_PORT")}/readyz`;
  await until(
    () => `the standalone is ready: ${standalone.output()}`,
    () =>
      fetch(readyUrl).then(
        ({ ok }) => ok,
        () => false,
      ),
  );
  const control = openControl({
    grpcPort: port("TOLLGATE_GRPC_PORT"),
    meteringPort: port("TOLLGATE_METERING_PORT"),
    token: undefined,
    nodes: 1,
  });
  scope.defer(control.close);
  await deployRestApi(control, API, { "GET /bare": proxy(`${upstream.url}/bare`) });
  const url = `http://127.0.0.1:${port("TOLLGATE_HTTP_PORT")}/_aws/execute-api/${API}/prod/bare`;
  const samples: number[] = [];
  let answered = 0;
  const endMs = performance.now() + minutes * 60_000;
  while (performance.now() < endMs) {
    const { calls, bad } = await wrk(url, CONNECTIONS, SAMPLE_SECONDS);
    if (calls === 0 || bad > 0) throw new Error(`${calls} calls, ${bad} of them failed`);
    answered += calls;
    samples.push(rssBytes(family(standalone.child.pid as number)) / MB);
    process.stderr.write(`${round(samples.at(-1) ?? 0, 0)} MB after ${answered} calls\n`);
  }
  return {
    figures: { minutes, calls: answered, last_mb: round(samples.at(-1) ?? Number.NaN, 0) },
    ratios: {},
    measured: { standalone_mb: [Math.max(...samples)] },
  };
}
