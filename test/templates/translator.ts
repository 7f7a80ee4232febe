import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LineService, startLineService } from "../kit/line-service.ts";
import { pythonPackage } from "../kit/python.ts";

const VERSION = "1.115.0";
const SCRIPT = fileURLToPath(new URL("./translator.py", import.meta.url));

/** Translation is what AWS's translator makes of a template, or what it finds wrong with it. */
export type Translation =
  | { readonly template: object; readonly problem?: undefined }
  | { readonly problem: string; readonly template?: undefined };

/** startTranslator runs AWS's own SAM translator: {template, parameters} -> Translation. */
export async function startTranslator(): Promise<LineService<Translation>> {
  const name = `aws-sam-translator-${VERSION}`;
  const programs = await pythonPackage(name, `aws-sam-translator==${VERSION} pyyaml==6.0.3`, "jp.py");
  return startLineService(join(programs, "python"), [SCRIPT]);
}
