import type { Command } from "commander";
import type { GatewayOptions } from "../gateway.ts";
import { type ManagementCall, managementOf, refusalOf } from "../management-call.ts";
import { CliError, print, report, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";
import type { CliDefaults } from "../settings.ts";
import { addConnectionsList } from "./connections-list.ts";

const GONE = 410;

export function addConnections(program: Command, defaults: CliDefaults): void {
  const { gateway, aws } = defaults;
  const call = managementOf(aws);
  const give = async (
    apiId: string,
    id: string,
    options: GatewayOptions,
    order: Omit<ManagementCall, "path">,
  ): Promise<string> => {
    const response = await call(apiId, options, { ...order, path: `/${encodeURIComponent(id)}` });
    const { status, text } = response;
    if (status === GONE) throw new CliError(`there is no connection '${id}' to ${apiId}/${options.stage}`);
    if (status >= 300) throw refusalOf(response, apiId, options);
    return text;
  };
  const connections = program
    .command("connections")
    .description("manage connections to a WebSocket API, as a backend does with @connections");
  const add = (name: string, description: string) =>
    connections
      .command(name)
      .description(description)
      .argument("<api>", "id of the API")
      .argument("<connection>", "id of the connection")
      .requiredOption("--stage <name>", "the stage")
      .option("--gateway <url>", "address of a node (or TOLLGATE_GATEWAY)", gateway);

  addConnectionsList(connections, defaults);
  add("get", "show who is connected, and since when").action(
    async (apiId: string, id: string, options: GatewayOptions, command: Command) => {
      const status = JSON.parse(await give(apiId, id, options, { method: "GET" })) as {
        connectedAt: string;
        lastActiveAt: string;
        identity: { sourceIp: string; userAgent: string };
      };
      if (globalsOf(command).output !== "table") return print(toJson(status));
      const { sourceIp, userAgent } = status.identity;
      print(`connected ${status.connectedAt}, last active ${status.lastActiveAt}`);
      print(`from ${sourceIp}${userAgent === "" ? "" : `, ${userAgent}`}`);
    },
  );
  add("send", "send a message to the client")
    .argument("<message>", "the message, at most 128 KB")
    .action(async (apiId: string, id: string, message: string, options: GatewayOptions) => {
      await give(apiId, id, options, { method: "POST", body: message });
      report("sent");
    });
  add("close", "close the connection").action(async (apiId: string, id: string, options: GatewayOptions) => {
    await give(apiId, id, options, { method: "DELETE" });
    report("closed");
  });
}
