import { fileURLToPath } from "node:url";
import { type FunctionsHost, startFunctionsHost } from "@tollgate/functions";
import type { Logger } from "@tollgate/telemetry";
import { CHAT_API, CHAT_STAGE, type ChatKey, emptyChatFolder } from "./chat-api.ts";

const fileOf = (name: string) => fileURLToPath(new URL(`./functions/${name}.mjs`, import.meta.url));

/** A function whose first invocation loads an SDK. */
const CHAT_TIMEOUT_MS = 10_000;

/** ChatPlace is what the chat's function is told of where it runs. */
export interface ChatPlace {
  readonly region: string;
  /** Path-style addresses of APIs begin with it. */
  readonly apisUrl: string;
  /** The state directory. */
  readonly home: string;
  /** undefined: the function can send to nobody. */
  readonly key: ChatKey | undefined;
}

/** SampleFunctions are the host of the sample's functions. */
export interface SampleFunctions extends FunctionsHost {
  /** openChat is called once the gateway serves the chat; its function has not been invoked before. */
  openChat(place: ChatPlace): void;
}

/** startSampleFunctions starts the host. */
export async function startSampleFunctions(logger: Logger): Promise<SampleFunctions> {
  let environment: Readonly<Record<string, string>> = {};
  const host = await startFunctionsHost({
    host: "127.0.0.1",
    port: 0,
    functions: [
      { name: "hello", file: fileOf("hello") },
      { name: "chat", file: fileOf("chat"), timeoutMs: CHAT_TIMEOUT_MS, environment: () => environment },
    ],
    logger,
  });
  return {
    ...host,
    openChat({ region, apisUrl, home, key }) {
      environment = {
        AWS_REGION: region,
        CHAT_ENDPOINT: `${apisUrl}/${CHAT_API}/${CHAT_STAGE}`,
        CHAT_FOLDER: emptyChatFolder(home),
        ...(key && { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }),
      };
    },
  };
}
