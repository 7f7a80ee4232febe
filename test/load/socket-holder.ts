// A process that opens WebSockets and holds them until its input ends. Prints HeldSockets as a line of JSON when the last one was decided.
import { parseArgs } from "node:util";
import { WebSocket } from "ws";

/** HeldSockets is how many were let in, and how the others were refused: by status or error. */
export interface HeldSockets {
  readonly opened: number;
  readonly refused: Readonly<Record<string, number>>;
}

const TICK_MS = 10;
/** One address has about 28,000 ports for connections to the same place. */
const PER_ADDRESS = 20_000;
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
const refused: Record<string, number> = {};
let opened = 0;
let begun = 0;
let decided = 0;

function decide(): void {
  if (++decided === count) console.log(JSON.stringify({ opened, refused } satisfies HeldSockets));
  else if (rate === 0 && begun < count) open();
}

function open(): void {
  const localAddress = `127.0.0.${2 + Math.floor((first + begun++) / PER_ADDRESS)}`;
  const socket = new WebSocket(values.url, { perMessageDeflate: false, localAddress });
  let isOpen = false;
  socket.once("open", () => {
    isOpen = true;
    opened++;
    decide();
  });
  socket.on("error", ({ message }) => {
    if (isOpen) return;
    const why = /\d{3}$/.exec(message)?.[0] ?? message;
    refused[why] = (refused[why] ?? 0) + 1;
    decide();
  });
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
