import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** SeenRequest is a request as it stood on the wire. */
export interface SeenRequest {
  readonly line: string;
  /** Names and values as they came. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface RecordingUpstream extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Requests whose bytes contain a text. */
  seen(text: string): readonly SeenRequest[];
  /** What was not in the one form in which nobody can misread it. Must be empty. */
  readonly ambiguous: readonly string[];
}

/**
 * startRecordingUpstream takes raw bytes and accepts requests in their strictest form only: CRLF lines, one Host, one framing header, sizes in
 * plain digits. So two parsers cannot differ about what it accepts; all else is recorded as ambiguous.
 */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const requests: SeenRequest[] = [];
  const ambiguous: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.on("close", () => {
      sockets.delete(socket);
      if (rest !== "") ambiguous.push(`left at the end of a connection: ${JSON.stringify(rest)}`);
    });
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const read = readRequest(rest);
        if (read === undefined) return;
        if (typeof read === "string") {
          ambiguous.push(`${read}: ${JSON.stringify(rest)}`);
          rest = "";
          socket.destroy();
          return;
        }
        rest = rest.slice(read.length);
        requests.push(read.request);
        const isHead = read.request.line.startsWith("HEAD ");
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${isHead ? "" : "ok"}`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    seen: (text) => requests.filter((request) => JSON.stringify(request).includes(text)),
    ambiguous,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const REQUEST_LINE = /^[A-Z]+ \/[!-~]* HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\t\x20-\x7e\x80-\xff]*)$/;

/** A request and its length in bytes; undefined: it is not complete; a string: why it is ambiguous. */
function readRequest(bytes: string): { request: SeenRequest; length: number } | string | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [line = "", ...headerLines] = bytes.slice(0, headEnd).split("\r\n");
  if (!REQUEST_LINE.test(line) || line.includes("#")) return "request line";
  const headers: [string, string][] = [];
  for (const headerLine of headerLines) {
    const [, name, value] = HEADER_LINE.exec(headerLine) ?? [];
    if (name === undefined || value === undefined) return `header line ${JSON.stringify(headerLine)}`;
    headers.push([name, value]);
  }
  const all = (wanted: string) => headers.filter(([name]) => name.toLowerCase() === wanted);
  if (all("host").length !== 1) return `${all("host").length} Hosts`;
  const lengths = all("content-length");
  const codings = all("transfer-encoding");
  if (lengths.length + codings.length > 1) return "more than one framing";
  const bodyAt = headEnd + 4;
  if (codings[0]) return codings[0][1] === "chunked" ? chunked(bytes, line, headers, bodyAt) : "coding";
  const length = lengths[0]?.[1] ?? "0";
  if (!/^\d+$/.test(length)) return "length";
  const end = bodyAt + Number(length);
  if (bytes.length < end) return undefined;
  return { request: { line, headers, body: bytes.slice(bodyAt, end) }, length: end };
}

function chunked(bytes: string, line: string, headers: SeenRequest["headers"], bodyAt: number) {
  let at = bodyAt;
  let body = "";
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = bytes.slice(at, lineEnd);
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) return `chunk size ${JSON.stringify(size)}`;
    const sizeBytes = Number.parseInt(size, 16);
    const dataEnd = lineEnd + 2 + sizeBytes;
    if (bytes.length < dataEnd + 2) return undefined;
    if (bytes.slice(dataEnd, dataEnd + 2) !== "\r\n") return "end of a chunk";
    body += bytes.slice(lineEnd + 2, dataEnd);
    at = dataEnd + 2;
    if (sizeBytes === 0) return { request: { line, headers, body }, length: at };
  }
}
