import type { ExportSource } from "@tollgate/openapi";
import { strToU8, zipSync } from "fflate";
import type { SdkType } from "./sdk-types.ts";

export { SDK_TYPES, type SdkProperty, type SdkType } from "./sdk-types.ts";

/** Zips name the time of their files; the same API gives the same zip. */
const EPOCH = new Date(1980, 0, 1);

/** sdkZip is an SDK of a deployed API. */
export function sdkZip({ folder, generate }: SdkType, source: ExportSource): Buffer {
  const files = Object.fromEntries(
    generate(source).map(({ path, text }) => [`${folder}/${path}`, strToU8(text)]),
  );
  return Buffer.from(zipSync(files, { mtime: EPOCH }));
}
