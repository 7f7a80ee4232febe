import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../kit/cache.ts";
import { commandsOf, outputPattern, type PageCommand } from "../kit/page-commands.ts";
import { until } from "../kit/process.ts";
import { awsCli } from "../kit/python.ts";
import { playTerminals } from "../kit/terminals.ts";
import { useFolder, useGateway } from "../kit/use.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Pages whose commands run one after another, on one gateway. */
const PAGES = [
  "README.md",
  "packages/docs/https.md",
  "packages/docs/web-acls.md",
  "packages/docs/http-apis.md",
  "packages/docs/billing.md",
  "packages/docs/websocket-apis.md",
  "packages/docs/alarms.md",
  "packages/docs/backup.md",
];
const TEXT = PAGES.map((page) => readFileSync(join(ROOT, page), "utf8")).join("\n");

/** What the pages show, in their order: commands, and ```terminals side by side. */
const steps = [...TEXT.matchAll(/```(console|terminals)\n([\s\S]*?)```/g)].flatMap(
  ([, kind, block = ""]): (PageCommand & { readonly terminals?: string })[] =>
    kind === "console"
      ? commandsOf(block)
      : [{ command: block.split("\n")[0] ?? "", output: "", terminals: block }],
);

/** The one that runs by npx itself, which takes three times the processor time of the command: the others run what npx would find. */
const BY_NPX = steps.find(({ command }) => command.includes("npx"));
const RUN_AS_NPX = `#!/bin/sh
program=$1
shift
exec '${join(ROOT, "node_modules", ".bin")}'/"$program" "$@"
`;

describe("README.md and the pages that follow it", () => {
  const gateway = useGateway();
  const folder = useFolder();
  /** Variables that commands set stay set for those that follow. */
  const variables = join(folder, "variables");
  const asNpx = join(folder, "bin");
  let aws: string;
  beforeAll(async () => {
    mkdirSync(asNpx);
    writeFileSync(join(asNpx, "npx"), RUN_AS_NPX, { mode: 0o755 });
    aws = await awsCli();
  });

  it("shows commands", () => {
    expect(steps.length).toBeGreaterThan(7);
  });

  it.each(steps)("$command", async (step) => {
    const { command, output: shown, terminals } = step;
    // The page's ports and its state directory are the defaults; this gateway has others.
    const withPort = (text: string) =>
      text
        .replaceAll("127.0.0.1:8080", `127.0.0.1:${gateway.httpPort}`)
        .replaceAll(/(localhost|example\.com):8443/g, `$1:${gateway.httpsPort}`)
        .replaceAll(".tollgate/certificates/ca.pem", String(gateway.authorityFile));
    const [here, output] = [withPort(command), withPort(shown)];
    const env = {
      ...process.env,
      ...gateway.cliEnv,
      TOLLGATE_GATEWAY: `http://127.0.0.1:${gateway.httpPort}`,
      NO_COLOR: "1",
      npm_config_loglevel: "silent",
      HOME: process.env.HOME,
      PATH: `${step === BY_NPX ? "" : `${asNpx}:`}${aws}:${process.env.PATH}`,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${gateway.controlPort}`,
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_DEFAULT_REGION: "us-east-1",
    };
    if (terminals !== undefined) {
      const codes = await playTerminals(terminals, { cwd: ROOT, env });
      expect(new Set(codes)).toEqual(new Set([0]));
      return;
    }
    let printed = "";
    // Usage is visible within a moment of the call.
    await until(
      () => `${command} to print\n${output}\nit printed\n${printed}`,
      async () => {
        const script = `[ -f ${variables} ] && . ${variables}; set -a; { ${here}\n} 2>&1; declare -p | grep -E '^declare -x [A-Z]+=' | grep -v '^declare -x PATH=' > ${variables}`;
        const result = await run("bash", ["-c", script], { cwd: ROOT, env }).catch(
          (error: { stdout: string }) => error,
        );
        printed = result.stdout.trimEnd();
        return outputPattern(output).test(printed);
      },
      /usage|invoice explain|^curl/.test(command) ? 30_000 : 1,
    );
    expect(printed).toMatch(outputPattern(output));
  });
});
