import { strToU8, zipSync } from "fflate";
import type { ExportSource } from "@tollgate/openapi";
import type { SdkType } from "./sdk-types.ts";

export { SDK_TYPES, type SdkProperty, type SdkType } from "./sdk-types.ts";

/** A fixed file time: the same API always gives the same zip. */
const EPOCH = new Date(1980, 0, 1);

/** sdkZip generates the SDK of a deployed API as a zip; `endpoint` is the URL of its stage. */
export function sdkZip({ folder, generate }: SdkType, source: ExportSource, endpoint: string): Buffer {
  const files = Object.fromEntries(
    generate(source, endpoint).map(({ path, text }) => [`${folder}/${path}`, strToU8(text)]),
  );
  return Buffer.from(zipSync(files, { mtime: EPOCH }));
}
