import { fetchWhole, type Transport } from "@tollgate/pipeline";

const TIMEOUT_MS = 10_000;
/** What a receiver responds is of no use besides its status. */
const RESPONSE_MAX_BYTES = 64 * 1024;
const GONE = 410;

export interface HttpMessage {
  readonly url: URL;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** The URL is the endpoint of a service that an operator named: the egress policy is not asked. */
  readonly isServiceCall: boolean;
}

type NotSentFacts = Partial<Pick<NotSent, "isGone" | "isTimeout" | "isOfMessage" | "status" | "response">>;

/** NotSent is why a notification did not arrive, in a sentence for history. */
export class NotSent extends Error {
  /** The receiver says that it will never take it: 410 Gone (RFC 9110). */
  readonly isGone: boolean;
  /** The receiver did not respond in time: whoever sends it more waits as long again. */
  readonly isTimeout: boolean;
  /** It is about what the message says, and not about the receiver. */
  readonly isOfMessage: boolean;
  /** Of the response, and its body as text; 0: there is none. */
  readonly status: number;
  readonly response: string;

  constructor(
    message: string,
    { isGone = false, isTimeout = false, isOfMessage = false, status = 0, response = "" }: NotSentFacts = {},
  ) {
    super(message);
    this.isGone = isGone;
    this.isTimeout = isTimeout;
    this.isOfMessage = isOfMessage;
    this.status = status;
    this.response = response;
  }
}

/** sendHttp posts a message, and throws a NotSent unless the response is 2xx. */
export async function sendHttp(
  transport: Transport,
  { url, headers, body, isServiceCall }: HttpMessage,
): Promise<void> {
  const response = await fetchWhole(
    transport,
    {
      origin: url.origin,
      path: url.pathname + url.search,
      method: "POST",
      headers: [...headers, "Host", url.host],
      body,
      timeoutMs: TIMEOUT_MS,
      tls: undefined,
      isServiceCall,
    },
    RESPONSE_MAX_BYTES,
  );
  if (typeof response === "string") {
    const why: Readonly<Record<string, string>> = {
      timeout: `did not respond in ${TIMEOUT_MS / 1_000} seconds`,
      connect: "cannot be connected to, or TOLLGATE_EGRESS does not allow it",
      network: "broke the connection",
    };
    throw new NotSent(`${url.origin} ${why[response] ?? `responded with too much (${response})`}`, {
      isTimeout: response === "timeout",
    });
  }
  if (response.status < 200 || response.status > 299)
    throw new NotSent(`${url.origin} responded with status ${response.status}`, {
      isGone: response.status === GONE,
      status: response.status,
      response: response.body.toString(),
    });
}
