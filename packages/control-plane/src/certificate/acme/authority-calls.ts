import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { axios } from "acme-client";
import { AcmeError, type AcmeProblem, acmeErrorOf } from "./acme-error.ts";

type Adapter = Exclude<NonNullable<(typeof axios)["defaults"]["adapter"]>, string | readonly unknown[]>;

const TIMEOUT_MS = 20_000;
const RESPONSE_MAX_BYTES = 1024 * 1024;
const BAD_NONCE = "urn:ietf:params:acme:error:badNonce";

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMsOf({ headers }: IncomingMessage): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

async function textOf(response: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > RESPONSE_MAX_BYTES)
      throw new AcmeError("malformed", `${url} responded with more than ${RESPONSE_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function problemOf(text: string): AcmeProblem {
  try {
    return JSON.parse(text) as AcmeProblem;
  } catch {
    return {};
  }
}

/**
 * authorityCalls makes the calls of acme-client. Its own way loses the types of errors, waits for hours where an authority asks to, and fails by a TypeError
 * where it is away. A refused nonce is left to the client, which has to sign again.
 */
export const authorityCalls = (authoritiesFile: string | undefined): Adapter => {
  const agent = new Agent(authoritiesFile === undefined ? {} : { ca: readFileSync(authoritiesFile) });
  return async (config) => {
    const url = config.url ?? "";
    let response: IncomingMessage;
    let data: string;
    try {
      const sent = request(url, {
        method: config.method?.toUpperCase() ?? "GET",
        headers: { ...config.headers.toJSON(), "User-Agent": "tollgate" } as Record<string, string>,
        agent,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      sent.end(config.data as string | undefined);
      [response] = (await once(sent, "response")) as [IncomingMessage];
      data = await textOf(response, url);
    } catch (error) {
      if (error instanceof AcmeError) throw error;
      const { name, message } = error as Error;
      const reason =
        name === "AbortError" || name === "TimeoutError" ? `no response in ${TIMEOUT_MS / 1_000} s` : message;
      throw new AcmeError("unreachable", `${new URL(url).origin} cannot be reached: ${reason}`);
    }
    const { statusCode: status = 0, statusMessage: statusText = "", headers } = response;
    const problem = status >= 400 ? problemOf(data) : {};
    if (status >= 400 && problem.type !== BAD_NONCE)
      throw acmeErrorOf(
        { type: status === 429 ? "rateLimited" : "", ...problem },
        `${new URL(url).origin} responded ${status}`,
        retryAfterMsOf(response),
      );
    return { data, status, statusText, headers: headers as Record<string, string>, config };
  };
};
