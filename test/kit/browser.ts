import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, onPath, run } from "./cache.ts";
import { startProcess } from "./process.ts";
import { readBody } from "./upstream.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const HEADLESS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
/** Nothing but this machine can be reached. */
const OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

async function browser(): Promise<string> {
  const found = await onPath(...NAMES);
  if (found) return found;
  await aptInstall("chromium");
  return "chromium";
}

/** renderedPage is a page's document, as a browser has it after its scripts ran. Nothing but this machine can be reached from it. */
export async function renderedPage(url: string): Promise<string> {
  const { stdout } = await run(
    await browser(),
    [...HEADLESS, OFFLINE, "--virtual-time-budget=20000", "--dump-dom", url],
    { maxBuffer: 64 << 20 },
  );
  return stdout;
}

/** PageScript is a script that runs in a browser, and what it has said so far. */
export interface PageScript extends AsyncDisposable {
  readonly said: readonly string[];
}

/** runInBrowser runs a script in a page of a browser, with a function `say(text)` that hands text to the test. */
export async function runInBrowser(script: string): Promise<PageScript> {
  const said: string[] = [];
  const page = `<!doctype html><script type="module">
let last = Promise.resolve();
const say = (text) => (last = last.then(() => fetch("/", { method: "POST", body: text })));
${script}
</script>`;
  const server = createServer(async (request, response) => {
    if (request.method === "POST") said.push((await readBody(request)).toString());
    response.setHeader("Content-Type", "text/html").end(request.method === "POST" ? "" : page);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const profile = mkdtempSync(join(tmpdir(), "tollgate-browser-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const window = startProcess(await browser(), [...HEADLESS, OFFLINE, `--user-data-dir=${profile}`, url]);
  return {
    said,
    async [Symbol.asyncDispose]() {
      await window.kill("SIGKILL");
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
