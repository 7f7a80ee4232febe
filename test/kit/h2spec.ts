import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goInstall, run } from "./cache.ts";

/** Later versions have no path of their own in its module, and cannot be installed. */
const MODULE = "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible";
/** After so long without a frame, a case takes it that none comes. */
const TIMEOUT_SECONDS = 3;

/** Http2Verdict is what h2spec says of one case. */
export interface Http2Verdict {
  /** The section that it is in, of h2spec's own cases ("generic/3.1"), of RFC 7540 ("http2/5.1") or of RFC 7541 ("hpack/2.3"). */
  readonly section: string;
  /** In its section, from 1 on. */
  readonly number: number;
  readonly title: string;
  readonly isPassed: boolean;
}

/** The cases of a report in JUnit's form. */
function verdictsOf(report: string): readonly Http2Verdict[] {
  const numbers = new Map<string, number>();
  const cases = report.matchAll(
    /<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g,
  );
  return [...cases].map(([, section = "", title = "", outcome = ""]) => {
    const number = (numbers.get(section) ?? 0) + 1;
    numbers.set(section, number);
    return { section, number, title, isPassed: outcome.trim() === "" };
  });
}

/** runH2spec runs all cases of h2spec, the strict ones too, against a server with TLS on this machine that answers `path`. */
export async function runH2spec(port: number, path: string): Promise<readonly Http2Verdict[]> {
  const command = await goInstall("h2spec", MODULE);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-h2spec-"));
  const report = join(folder, "report.xml");
  try {
    const target = ["--host", "localhost", "--port", String(port), "--path", path, "--tls", "--insecure"];
    const how = ["--strict", "--timeout", String(TIMEOUT_SECONDS), "--junit-report", report];
    // It exits with 1 if a case fails; without a report it did not run.
    const ended = await run(command, [...target, ...how], { maxBuffer: 64 << 20 }).catch(
      (error: unknown) => error as Error,
    );
    const verdicts = verdictsOf(readFileSync(report, "utf8"));
    if (verdicts.length === 0) throw new Error(`h2spec ran no case: ${JSON.stringify(ended)}`);
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
