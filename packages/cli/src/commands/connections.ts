import type { Command } from "commander";
import { signRequest } from "@tollgate/iam";
import { type GatewayOptions, stageUrl } from "../gateway.ts";
import { CliError, EXIT, print, report, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";
import type { AwsIdentity, CliDefaults } from "../settings.ts";

const SERVICE = "execute-api";
const GONE = 410;

interface Order {
  readonly method: "POST" | "GET" | "DELETE";
  readonly body?: string;
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: AwsIdentity) {
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken };
  throw new CliError(
    "connections are managed with a signature: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user that may execute-api:ManageConnections",
    EXIT.USAGE,
  );
}

/** Gives orders to connections, as AWS's clients do: `aws` signs them. */
const giver =
  (aws: AwsIdentity) =>
  async (
    apiId: string,
    id: string,
    options: GatewayOptions,
    { method, body = "" }: Order,
  ): Promise<string> => {
    const credentials = credentialsOf(aws);
    const url = stageUrl(options, apiId);
    url.pathname += `/@connections/${encodeURIComponent(id)}`;
    const signed = signRequest(
      { method, path: url.pathname, query: "", headers: ["Host", url.host], body: Buffer.from(body) },
      { credentials, region: aws.region, service: SERVICE, unixMs: Date.now() },
    );
    const headers: [string, string][] = [];
    for (let i = 0; i < signed.length; i += 2) headers.push([signed[i] as string, signed[i + 1] as string]);
    const response = await fetch(url, { method, headers, ...(method === "POST" ? { body } : {}) });
    const text = await response.text();
    if (response.ok) return text;
    if (response.status === GONE)
      throw new CliError(`there is no connection '${id}' to ${apiId}/${options.stage}`);
    throw new CliError(`the gateway responded with ${response.status}: ${text}`);
  };

export function addConnections(program: Command, { gateway, aws }: CliDefaults): void {
  const give = giver(aws);
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
