// A process that opens connections, WebSockets or of HTTP after one call, and holds them until its input ends. Prints HeldSockets as a line of JSON when the last one was decided.
import { connect } from "node:net";
import { parseArgs } from "node:util";

/** HeldSockets is how many were let in, and how the others were refused: by status or error. */
export interface HeldSockets {
  readonly opened: number;
  readonly refused: Readonly<Record<string, number>>;
}

const TICK_MS = 10;
/** One address has about 28,000 ports, and the kernel looks the longer for a free one the fewer are left. */
const PER_ADDRESS = 10_000;
/** A holder that had no processor for a while does not make up for more than this part of a second. */
const ARREARS_S = 0.25;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    count: { type: "string", default: "0" },
    /** So many are begun a second, whatever becomes of them; 0: as fast as they are decided. */
    rate: { type: "string", default: "0" },
    /** Of the latter, so many are begun at a time. */
    atOnce: { type: "string", default: "0" },
    first: { type: "string", default: "0" },
  },
});
const [count, rate, atOnce, first] = [
  Number(values.count),
  Number(values.rate),
  Number(values.atOnce),
  Number(values.first),
];
const { protocol, hostname, port, pathname } = new URL(values.url);
/** A client that does nothing but hold its connection needs no more of the protocol, and leaves the processors to what is measured. */
const isWebSocket = protocol === "ws:";
const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const REQUEST = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${isWebSocket ? UPGRADE : ""}\r\n`;
const LET_IN = isWebSocket ? "101" : "200";
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const refused: Record<string, number> = {};
let opened = 0;
let begun = 0;

/** Counts a client that was let in, or why it was not. */
function decide(why: string | undefined): void {
  if (why === undefined) opened++;
  else refused[why] = (refused[why] ?? 0) + 1;
  const decided = opened + Object.values(refused).reduce((sum, times) => sum + times, 0);
  if (decided === count) console.log(JSON.stringify({ opened, refused } satisfies HeldSockets));
  else if (rate === 0 && begun < count) open();
}

function open(): void {
  const localAddress = `127.0.0.${2 + Math.floor((first + begun++) / PER_ADDRESS)}`;
  let isDecided = false;
  const once = (why: string | undefined): void => {
    if (!isDecided) decide(why);
    isDecided = true;
  };
  const socket = connect({ host: hostname, port: Number(port), localAddress }, () => socket.write(REQUEST));
  socket.on("data", (bytes) => {
    if (isDecided) return;
    const status = STATUS.exec(bytes.toString("latin1"))?.[1] ?? "no status";
    once(status === LET_IN ? undefined : status);
  });
  socket.on("error", ({ message }) => once(message.replace(/ 127\..*/, "")));
  socket.on("close", () => once("closed"));
}

function openAtRate(): void {
  let allowed = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    allowed = Math.min(allowed + ((nowMs - lastMs) * rate) / 1_000, rate * ARREARS_S);
    lastMs = nowMs;
    for (; allowed >= 1 && begun < count; allowed--) open();
    if (begun === count) clearInterval(timer);
  }, TICK_MS);
}

if (rate > 0) openAtRate();
else for (let i = 0; i < Math.min(atOnce, count); i++) open();
process.stdin.resume().on("end", () => process.exit(0));
