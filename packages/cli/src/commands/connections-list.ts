import type { Command } from "commander";
import type { GatewayOptions } from "../gateway.ts";
import { managementOf, refusalOf } from "../management-call.ts";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";
import type { CliDefaults } from "../settings.ts";

interface Listed {
  readonly connectionId: string;
  readonly connectedAt: string;
  readonly identity: { readonly sourceIp: string; readonly userAgent: string };
  readonly principalId?: string;
  readonly userArn?: string;
  readonly nodeId: string;
}

interface Page {
  readonly items: readonly Listed[];
  readonly nextToken?: string;
  readonly unreachableNodes?: readonly string[];
}

interface Options extends GatewayOptions {
  readonly limit: string;
  readonly from?: string;
}

const LIMIT = "100";
/** A page of the gateway is not larger. */
const PAGE_MAX = 1_000;

function limitOf({ limit }: Options): number {
  if (limit === "all") return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(limit)) return Number(limit);
  throw new CliError(`--limit '${limit}' must be a number from 1 on, or all`, EXIT.USAGE);
}

/** Columns that have a value in some row. */
const columnsOf = (rows: readonly Readonly<Record<string, unknown>>[], names: readonly string[]): string[] =>
  names.filter((name) => rows.some((row) => row[name] !== undefined && row[name] !== ""));

const rowOf = ({ connectionId, connectedAt, identity, principalId, userArn, nodeId }: Listed) => ({
  connection: connectionId,
  connected: connectedAt,
  from: identity.sourceIp,
  who: userArn ?? principalId,
  node: nodeId,
  "user agent": identity.userAgent,
});

/** addConnectionsList adds the command that lists the connections of all nodes. */
export function addConnectionsList(connections: Command, { gateway, aws }: CliDefaults): void {
  const call = managementOf(aws);
  async function pageOf(apiId: string, options: Options, query: Readonly<Record<string, string>>) {
    const response = await call(apiId, options, { method: "GET", path: "", query });
    if (response.status !== 200) throw refusalOf(response, apiId, options);
    return JSON.parse(response.text) as Page;
  }
  async function list(apiId: string, options: Options): Promise<Required<Page>> {
    const limit = limitOf(options);
    const items: Listed[] = [];
    const unreachable = new Set<string>();
    let token = options.from;
    do {
      const page = await pageOf(apiId, options, {
        maxResults: String(Math.min(PAGE_MAX, limit - items.length)),
        ...(token === undefined ? {} : { nextToken: token }),
      });
      for (const item of page.items) items.push(item);
      for (const node of page.unreachableNodes ?? []) unreachable.add(node);
      token = page.nextToken;
    } while (token !== undefined && items.length < limit);
    return { items, nextToken: token ?? "", unreachableNodes: [...unreachable] };
  }
  connections
    .command("list")
    .description("list who is connected to a stage on any node, and since when; oldest first on each node")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--gateway <url>", "address of a node (or TOLLGATE_GATEWAY)", gateway)
    .option("--limit <count>", "how many to list, or all", LIMIT)
    .option("--from <token>", "continue a list that had more connections than its limit")
    .action(async (apiId: string, options: Options, command: Command) => {
      const { items, nextToken, unreachableNodes } = await list(apiId, options);
      if (globalsOf(command).output === "table") {
        const rows = items.map(rowOf);
        const optional = columnsOf(rows, ["who", "node", "user agent"]);
        printTable(rows, ["connection", "connected", "from", ...optional]);
        if (nextToken !== "") report(`there are more: add --from ${nextToken}, or --limit all`);
      } else print(toJson({ items, ...(nextToken === "" ? {} : { nextToken }), unreachableNodes }));
      for (const node of unreachableNodes)
        report(`warning: node ${node} cannot be reached: its connections are not listed`);
      if (unreachableNodes.length > 0) process.exitCode = EXIT.FAILED;
    });
}
