import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { WebSocket } from "ws";
import { type GatewayOptions, stageUrl } from "../gateway.ts";
import { CliError, EXIT, print, report } from "../output.ts";
import type { CliDefaults } from "../settings.ts";

interface Options extends GatewayOptions {
  readonly header: readonly string[];
  readonly subprotocol: readonly string[];
  readonly linger?: string;
}

const collect = (value: string, before: readonly string[]) => [...before, value];

/** Codes of an end that nobody has to be told about: normal, and without a code (RFC 6455, 7.4.1). */
const NORMAL: ReadonlySet<number> = new Set([1000, 1005]);

function headersOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(":");
      if (at < 1) throw new CliError(`--header '${text}' must be name:value`, EXIT.USAGE);
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    }),
  );
}

async function refusal(response: IncomingMessage): Promise<CliError> {
  const body = Buffer.concat((await response.toArray()) as Buffer[]).toString("utf8");
  return new CliError(`the connection was refused: ${response.statusCode} ${body}`.trimEnd());
}

async function open(url: URL, options: Options): Promise<WebSocket> {
  const socket = new WebSocket(url, [...options.subprotocol], { headers: headersOf(options.header) });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response) => {
      void refusal(response).then(reject);
    });
    socket.on("error", (error) =>
      reject(new CliError(`${url.href} cannot be connected to: ${error.message}`)),
    );
  });
}

/** Programs whose input is a file or a pipe want the responses to its last lines. */
const LINGER_SECONDS = 1;

function lingerMs({ linger }: Options): number {
  if (linger === undefined) return process.stdin.isTTY ? 0 : LINGER_SECONDS * 1_000;
  const seconds = Number(linger);
  if (linger.trim() !== "" && seconds >= 0) return seconds * 1_000;
  throw new CliError(`--linger '${linger}' must be a number of seconds`, EXIT.USAGE);
}

/** Lines that are typed are messages, messages are lines; the end of the input ends the connection, a little later. */
async function converse(socket: WebSocket, endMs: number): Promise<void> {
  const closed = once(socket, "close") as Promise<[code: number, reason: Buffer]>;
  socket.on("message", (message: Buffer) => print(message.toString("utf8")));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => socket.send(line));
  lines.on("close", () => setTimeout(() => socket.close(1000), endMs));
  const [code, reason] = await closed;
  lines.close();
  if (!NORMAL.has(code))
    throw new CliError(`the connection was closed: ${code} ${reason.toString("utf8")}`.trimEnd());
}

export function addConnect(program: Command, { gateway }: CliDefaults): void {
  program
    .command("connect")
    .description("connect to a WebSocket API: lines that you type are sent, messages are printed")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--gateway <url>", "address of a node (or TOLLGATE_GATEWAY)", gateway)
    .option("--header <name:value>", "a header of the handshake; repeatable", collect, [])
    .option("--subprotocol <name>", "a sub-protocol to offer; repeatable", collect, [])
    .option(
      "--linger <seconds>",
      "stay connected for so long after the end of the input (default: 1, or 0 if it is a terminal)",
    )
    .action(async (apiId: string, options: Options) => {
      const endMs = lingerMs(options);
      const url = stageUrl(options, apiId);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      const socket = await open(url, options);
      const protocol = socket.protocol === "" ? "" : `, sub-protocol ${socket.protocol}`;
      report(`connected to ${apiId}/${options.stage}${protocol}; end the input to disconnect`);
      await converse(socket, endMs);
    });
}
