import { deny } from "./errors.ts";
import type { Call } from "./call.ts";
import type { Reply } from "./reply.ts";
import type { DeployedStage } from "./stage.ts";

const PATH_STYLE = "/_aws/execute-api/";
const HOST_STYLE = /^([a-z0-9]{1,32})\.execute-api\./i;
const HOSTS_REMEMBERED_MAX = 10_000;

/** Generation is everything that is live: stages by API and name. Replaced whole, never changed. */
export type Generation = ReadonlyMap<string, ReadonlyMap<string, DeployedStage>>;

/** Router finds the stage and the route of a call. Swapping the generation is one assignment. */
export class Router {
  generation: Generation = new Map();
  /** apiId of each Host seen, "" where the Host names none. */
  readonly #apiByHost = new Map<string, string>();

  #apiOfHost(host: string): string {
    const known = this.#apiByHost.get(host);
    if (known !== undefined) return known;
    const apiId = HOST_STYLE.exec(host)?.[1] ?? "";
    if (this.#apiByHost.size < HOSTS_REMEMBERED_MAX) this.#apiByHost.set(host, apiId);
    return apiId;
  }

  /**
   * route places the call: sets its stage, route, path and parameters. A reply means that there is no such API or stage. Two of AWS's
   * addresses are served: Host {apiId}.execute-api.{anything} with /{stage}/{path}, and /_aws/execute-api/{apiId}/{stage}/{path} on any Host.
   */
  route(call: Call): Reply | undefined {
    const { url } = call;
    const queryAt = url.indexOf("?");
    const pathEnd = queryAt < 0 ? url.length : queryAt;
    call.query = queryAt < 0 ? "" : url.slice(queryAt + 1);
    let apiId: string;
    let start: number;
    if (url.startsWith(PATH_STYLE)) {
      let end = url.indexOf("/", PATH_STYLE.length);
      if (end < 0 || end > pathEnd) end = pathEnd;
      apiId = url.slice(PATH_STYLE.length, end);
      start = end;
    } else {
      apiId = this.#apiOfHost(call.host);
      start = 0;
    }
    while (url.charCodeAt(start) === SLASH) start++;
    let stageEnd = url.indexOf("/", start);
    if (stageEnd < 0 || stageEnd > pathEnd) stageEnd = pathEnd;
    const stage = this.generation.get(apiId)?.get(url.slice(start, stageEnd));
    if (!stage || stage.manifest.restApi.disableExecuteApiEndpoint) return unknownStage;
    call.stage = stage;
    call.path = stageEnd < pathEnd ? url.slice(stageEnd, pathEnd) : "/";
    const match = stage.trie.match(call.path, call.method);
    if (match) {
      call.route = match.value;
      call.parameterValues = match.parameterValues;
    } else call.route = stage.unmatchedRoute(call.method);
    return undefined;
  }
}

const SLASH = 47;
const unknownStage = deny("UNKNOWN_STAGE");
