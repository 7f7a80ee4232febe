import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LineService, startLineService } from "../kit/line-service.ts";
import { pythonPackage } from "../kit/python.ts";

const VERSION = "0.9.0";
const SCRIPT = fileURLToPath(new URL("./validator.py", import.meta.url));

/** startValidator runs the validators of OpenAPI definitions that Python's users have: what they find wrong with one. */
export async function startValidator(): Promise<LineService<readonly string[]>> {
  const programs = await pythonPackage(
    `openapi-validators-${VERSION}`,
    `openapi-spec-validator==${VERSION}`,
    "openapi-spec-validator",
  );
  return startLineService(join(programs, "python"), [SCRIPT]);
}
