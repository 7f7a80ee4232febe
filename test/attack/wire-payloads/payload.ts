/** WirePayload is bytes as an attacker sends them, latin1. */
export interface WirePayload {
  readonly name: string;
  /** "@" is the address of the attacked stage, a part of a path; "~" that of an API that is not there. Pieces are written one after the other. */
  readonly send: string | readonly string[];
  /** What the upstream must have seen, as "METHOD /path body". */
  readonly seen: readonly string[];
  /** The final status of each response, or those that are as good. */
  readonly statuses: readonly (number | readonly number[])[];
  /** The gateway must end the connection. */
  readonly closes: boolean;
  /** It may also be refused: one of both readers of HTTP/1.1 takes it, the other does not. */
  readonly mayBeRefused?: boolean;
}

/** passed: each request is one for the upstream too. */
export const passed = (name: string, send: WirePayload["send"], ...seen: string[]): WirePayload => ({
  name,
  send,
  seen,
  statuses: seen.map(() => 200),
  closes: false,
});

/** refused: nothing reaches the upstream. */
export const refused = (
  name: string,
  send: WirePayload["send"],
  status: WirePayload["statuses"][number] = 400,
): WirePayload => ({ name, send, seen: [], statuses: [status], closes: true });

/** after: requests that are right are handled, and what follows them is refused. */
export const after = (name: string, send: WirePayload["send"], ...seen: string[]): WirePayload => ({
  name,
  send,
  seen,
  statuses: [...seen.map(() => 200), [400, 505]],
  closes: true,
});

/** ended: the requests are handled, the connection is closed, and nothing of what follows is taken for one. */
export const ended = (name: string, send: WirePayload["send"], ...seen: string[]): WirePayload => ({
  ...passed(name, send, ...seen),
  closes: true,
});

export const get = (path: string, headers = "") => `GET @${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
export const post = (headers: string, body: string, path = "/a") =>
  `POST @${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;

/** What an attacker wants to be taken for a request. */
export const smuggled = get("/smuggled");

/** The same as data, of a length that is known. */
export const hidden = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/** A byte as it is shown in a name. */
export const byte = (code: number) => `0x${code.toString(16).padStart(2, "0")}`;
