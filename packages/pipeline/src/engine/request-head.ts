import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import { type AmbiguousPaths, encodeRaw, normalPath } from "../call/path-form.ts";
import type { Reply } from "../call/reply.ts";

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;
/** A name or an address with a port, and nothing else: no user, path or list. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
const HTTP_2 = "HTTP/2.0";
const METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/** A client that misunderstands HTTP may be wrong about where its next request begins, too. */
const closing = (reply: Reply): Reply => ({ ...reply, headers: [...reply.headers, "Connection", "close"] });

const badRequest = closing(deny("DEFAULT_4XX"));
const otherVersion = closing(deny("DEFAULT_5XX", { status: 505, message: "HTTP Version Not Supported" }));
const otherCoding = closing(deny("DEFAULT_5XX", { status: 501, message: "Not Implemented" }));
const noSuchMethod: Reply = (() => {
  const reply = closing(deny("DEFAULT_4XX", { status: 405, message: "Method Not Allowed" }));
  return { ...reply, headers: [...reply.headers, "Allow", METHODS] };
})();
const serverOptions: Reply = { status: 200, headers: ["Allow", METHODS], body: undefined };

/** Most calls have the Host of the one before. */
let lastRightHost = "";

/** Exactly one Host; HTTP/1.0 may do without. */
function isHostRight({ hostCount, host, protocol }: Call): boolean {
  if (hostCount !== 1) return hostCount === 0 && protocol === "HTTP/1.0";
  if (host === lastRightHost && host !== "") return true;
  if (!HOST.test(host)) return false;
  lastRightHost = host;
  return true;
}

/** Whether a target is a path in normal form, perhaps with a query: all others need a closer look. A loop: this is read for every call. */
function isPlain(target: string): boolean {
  if (target.charCodeAt(0) !== SLASH) return false;
  // Read once: targets are strings of many kinds inside V8, for which each look at the length is a call.
  const { length } = target;
  let isPath = true;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const code = target.charCodeAt(i);
    if (code <= SPACE || code >= DELETE || code === HASH) return false;
    if (!isPath) continue;
    if (code === QUESTION_MARK) isPath = false;
    else if (code === PERCENT || code === BACKSLASH) return false;
    else if (before === SLASH && (code === SLASH || code === DOT)) return false;
    before = code;
  }
  return true;
}

const SPACE = 32;
const HASH = 35;
const PERCENT = 37;
const DOT = 46;
const SLASH = 47;
const QUESTION_MARK = 63;
const BACKSLASH = 92;
const DELETE = 127;

/** What is wrong besides the target. */
function wrongHead(call: Call): Reply | undefined {
  const { protocol } = call;
  if (protocol !== "HTTP/1.1" && protocol !== HTTP_2 && protocol !== "HTTP/1.0") return otherVersion;
  if (!isHostRight(call)) return badRequest;
  // Streams of HTTP/2 have no coding: its engine refuses the header (RFC 9113, 8.2.2).
  if (call.chunked && protocol !== HTTP_2) {
    if (call.transferEncoding.toLowerCase() !== "chunked") return otherCoding;
    // RFC 9112, 6.1: its framing is faulty.
    if (protocol === "HTTP/1.0") return badRequest;
  }
  return call.method === "TRACE" || call.method === "CONNECT" ? noSuchMethod : undefined;
}

/**
 * readHead settles what a request is for (RFC 9112, 3.2), for all protocols: the call gets its URL in origin form with its path in normal form,
 * and the Host that an absolute target names. What HTTP does not allow is refused, with a connection that ends.
 */
export function readHead(call: Call, ambiguous: AmbiguousPaths): Reply | undefined {
  const wrong = wrongHead(call);
  if (wrong || isPlain(call.url)) return wrong;
  let target = call.url;
  if (!target.startsWith("/")) {
    if (target === "*") return call.method === "OPTIONS" ? serverOptions : badRequest;
    const [, authority = "", rest = ""] = ABSOLUTE.exec(target) ?? [];
    if (!HOST.test(authority)) return badRequest;
    if (rest === "" && call.method === "OPTIONS") return serverOptions;
    call.moveTo(authority);
    target = rest.startsWith("/") ? rest : `/${rest}`;
  }
  return settle(call, target, ambiguous);
}

function settle(call: Call, target: string, ambiguous: AmbiguousPaths): Reply | undefined {
  const hashAt = target.indexOf("#");
  if (hashAt >= 0 && ambiguous === "refuse") return badRequest;
  const whole = hashAt < 0 ? target : target.slice(0, hashAt);
  const queryAt = whole.indexOf("?");
  const sent = queryAt < 0 ? whole : whole.slice(0, queryAt);
  const path = normalPath(sent, ambiguous);
  if (path === undefined) return badRequest;
  call.signedPath = sent;
  call.url = queryAt < 0 ? path : path + encodeRaw(whole.slice(queryAt));
  return undefined;
}
