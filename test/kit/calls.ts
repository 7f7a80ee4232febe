import { request as httpRequest } from "node:http";

/** Reply of a call, with the header names as they came. */
export interface GatewayReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names and values alternate. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
}

export interface CallOptions {
  readonly method?: string;
  /** Names and values alternate where order or repetition matters. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[];
  readonly body?: string | Buffer;
  readonly host?: string;
}

/** callsTo sends calls to nodes, to one after the other. */
export function callsTo(httpPorts: readonly number[]) {
  let count = 0;
  let httpPort = httpPorts[0] ?? 0;
  /** call sends one request as it is: the path is not normalized. */
  const call = (path: string, options: CallOptions = {}): Promise<GatewayReply> => {
    httpPort = httpPorts[count++ % httpPorts.length] ?? 0;
    return send(httpPort, path, options);
  };
  return {
    call,
    /** invoke calls a stage by its path-style address. */
    invoke: (apiId: string, path: string, options?: CallOptions) =>
      call(`/_aws/execute-api/${apiId}/prod${path}`, options),
    /** Of the node that was called last. */
    get httpPort() {
      return httpPort;
    },
  };
}

const send = (
  port: number,
  path: string,
  { method = "GET", headers = {}, body, host }: CallOptions,
): Promise<GatewayReply> =>
  new Promise((resolve, reject) => {
    const given = Array.isArray(headers) ? [...headers] : Object.entries(headers).flat();
    if (host) given.push("Host", host);
    else if (!given.some((name, i) => i % 2 === 0 && name.toLowerCase() === "host"))
      given.push("Host", `127.0.0.1:${port}`);
    const request = httpRequest(
      { host: "127.0.0.1", port, path, method, headers: given as never, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            rawHeaders: response.rawHeaders,
            body: bytes.toString(),
            bytes,
          });
        });
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
