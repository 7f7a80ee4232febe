import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { run } from "../../kit/cache.ts";
import { startProcess } from "../../kit/process.ts";

const runner = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const PYTHON_RUNNER = runner("function_runner.py");
const NODE_RUNNER = runner("function-runner.cjs");

/** Time beyond its timeout that a function's process gets to start. */
const START_SECONDS = 1;

/** HostedFunction is a function as CreateFunction made it. */
export interface HostedFunction {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  timeoutSeconds: number;
  environment: Readonly<Record<string, string>>;
  /** Folder of its code. */
  folder: string;
  readonly policy: object[];
}

/** Execution is what one invocation came to: JSON that was returned or thrown, and what was printed. */
export interface Execution {
  readonly requestId: string;
  readonly output: string;
  readonly hasThrown: boolean;
  readonly log: string;
}

/** FunctionHost keeps the code of functions and runs each invocation in a process of its own. */
export class FunctionHost implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "tollgate-functions-"));
  readonly #python: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** `environment`: what every function sees, such as where AWS's services are. */
  constructor(python: string, environment: Readonly<Record<string, string>>) {
    this.#python = python;
    this.#environment = environment;
  }

  /** unpack writes a deployment package, a ZIP file in base64, into a folder of its own. */
  async unpack(zip: string): Promise<string> {
    const folder = mkdtempSync(join(this.#folder, "code-"));
    const archive = `${folder}.zip`;
    writeFileSync(archive, Buffer.from(zip, "base64"));
    await run(this.#python, ["-m", "zipfile", "-e", archive, folder]);
    rmSync(archive);
    return folder;
  }

  async execute(
    { name, arn, runtime, handler, folder, timeoutSeconds, environment }: HostedFunction,
    event: string,
  ): Promise<Execution> {
    const requestId = randomUUID();
    const isNode = runtime.startsWith("node");
    const process_ = startProcess(
      isNode ? process.execPath : this.#python,
      [isNode ? NODE_RUNNER : PYTHON_RUNNER, folder, handler],
      {
        stdio: ["pipe", "pipe", "pipe", "pipe"],
        env: {
          PATH: process.env.PATH,
          ...this.#environment,
          AWS_LAMBDA_FUNCTION_NAME: name,
          FUNCTION_ARN: arn,
          REQUEST_ID: requestId,
          ...environment,
        },
      },
    );
    const { child } = process_;
    const late = setTimeout(() => child.kill("SIGKILL"), (timeoutSeconds + START_SECONDS) * 1000);
    child.stdin?.end(event === "" ? "{}" : event);
    const closed = once(child, "close");
    const result = await text(child.stdio[3] as NodeJS.ReadableStream & AsyncIterable<Buffer>);
    await closed;
    clearTimeout(late);
    return { requestId, log: process_.output(), ...outcomeOf(result, requestId) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function outcomeOf(result: string, requestId: string): Pick<Execution, "output" | "hasThrown"> {
  if (result === "") {
    const errorMessage = `RequestId: ${requestId} Error: Runtime exited without providing a reason`;
    return { output: JSON.stringify({ errorType: "Runtime.ExitError", errorMessage }), hasThrown: true };
  }
  const { returned, threw } = JSON.parse(result) as { readonly returned?: string; readonly threw?: string };
  return { output: returned ?? threw ?? "null", hasThrown: threw !== undefined };
}
