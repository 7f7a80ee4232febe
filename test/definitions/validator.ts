import { createInterface } from "node:readline";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonPackage } from "../kit/python.ts";

const VERSION = "0.9.0";
const SCRIPT = fileURLToPath(new URL("./validator.py", import.meta.url));

export interface Validator extends AsyncDisposable {
  /** What openapi-spec-validator and openapi-schema-validator find wrong with a definition. */
  wrongWith(definition: object): Promise<readonly string[]>;
}

/** startValidator runs the validators of OpenAPI definitions that Python's users have. */
export async function startValidator(): Promise<Validator> {
  const programs = await pythonPackage(
    `openapi-validators-${VERSION}`,
    `openapi-spec-validator==${VERSION}`,
    "openapi-spec-validator",
  );
  const child = spawn(join(programs, "python"), [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async wrongWith(definition) {
      child.stdin.write(`${JSON.stringify(definition)}\n`);
      const { value } = (await lines.next()) as { value?: string };
      if (value === undefined) throw new Error("the validator ended");
      return JSON.parse(value) as string[];
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
