import type { JsonObject } from "../document.ts";
import type { Report } from "../report.ts";

/** HttpImport is the state that the steps of an HTTP API's import share. */
export interface HttpImport {
  readonly root: JsonObject;
  readonly report: Report;
  /** The prefix of each path. */
  readonly prefix: string;
  /** Base URL of the upstream for operations without an integration. */
  readonly proxyBaseUrl: string | undefined;
  /** Where each part comes from, such as "routes/{id}". */
  readonly origins: Map<string, readonly string[]>;
}
