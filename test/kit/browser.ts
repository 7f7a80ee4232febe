import { aptInstall, onPath, run } from "./cache.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

async function browser(): Promise<string> {
  const found = await onPath(...NAMES);
  if (found) return found;
  await aptInstall("chromium");
  return "chromium";
}

/** renderedPage is a page's document, as a browser has it after its scripts ran. Nothing but this machine can be reached from it. */
export async function renderedPage(url: string): Promise<string> {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const offline = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=20000"];
  const { stdout } = await run(await browser(), [...flags, ...offline, "--dump-dom", url], {
    maxBuffer: 64 << 20,
  });
  return stdout;
}
