// A process that opens WebSockets at a rate and holds them until its input ends. Prints HeldSockets as a line of JSON when the last one was decided.
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

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    count: { type: "string", default: "0" },
    rate: { type: "string", default: "0" },
    first: { type: "string", default: "0" },
  },
});
const [count, rate, first] = [Number(values.count), Number(values.rate), Number(values.first)];
const refused: Record<string, number> = {};
let opened = 0;
let begun = 0;

function decided(): void {
  const total = opened + Object.values(refused).reduce((sum, one) => sum + one, 0);
  if (total === count) console.log(JSON.stringify({ opened, refused } satisfies HeldSockets));
}

function open(): void {
  const localAddress = `127.0.0.${2 + Math.floor((first + begun++) / PER_ADDRESS)}`;
  const socket = new WebSocket(values.url, { perMessageDeflate: false, localAddress });
  const refuse = (why: string) => {
    refused[why] = (refused[why] ?? 0) + 1;
    decided();
  };
  let isOpen = false;
  socket.once("open", () => {
    isOpen = true;
    opened++;
    decided();
  });
  socket.on("error", ({ message }) => {
    if (!isOpen) refuse(/\d{3}$/.exec(message)?.[0] ?? message);
  });
}

const startMs = performance.now();
const timer = setInterval(() => {
  const due = Math.min(count, Math.floor(((performance.now() - startMs) * rate) / 1_000));
  while (begun < due) open();
  if (begun === count) clearInterval(timer);
}, TICK_MS);
process.stdin.resume().on("end", () => process.exit(0));
