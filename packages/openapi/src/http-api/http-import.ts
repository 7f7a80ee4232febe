import type { JsonObject } from "../document.ts";
import type { Report } from "../report.ts";

/** HttpImport is what every step of the import of an HTTP API works with. */
export interface HttpImport {
  readonly root: JsonObject;
  readonly report: Report;
  /** What each path begins with. */
  readonly prefix: string;
  /** Takes operations that have no integration. */
  readonly proxyBaseUrl: string | undefined;
  /** Where each part comes from, such as "routes/{id}". */
  readonly origins: Map<string, readonly string[]>;
}
