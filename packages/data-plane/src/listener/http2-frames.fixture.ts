// Frames of HTTP/2 as bytes (RFC 9113, 4.1), for clients that do what no library does.

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const END_STREAM = 1;
export const END_HEADERS = 4;

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** What every client begins with. */
export const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(FrameType.SETTINGS, 0, 0),
]);

/** HPACK (RFC 7541): :method POST or GET, :path /, :scheme https by the static table, and :authority localhost. */
const headBlock = (method: "GET" | "POST") =>
  Buffer.concat([
    Buffer.from([method === "POST" ? 0x83 : 0x82, 0x84, 0x87, 0x41, 9]),
    Buffer.from("localhost"),
  ]);

export const headers = (
  streamId: number,
  method: "GET" | "POST" = "GET",
  flags = END_STREAM | END_HEADERS,
): Buffer => frame(FrameType.HEADERS, flags, streamId, headBlock(method));

/** CANCEL. */
export const reset = (streamId: number): Buffer =>
  frame(FrameType.RST_STREAM, 0, streamId, Buffer.from([0, 0, 0, 8]));
