import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { parseArgs } from "node:util";

/** Handshakes is what a driver prints, as one line of JSON. */
export interface Handshakes {
  readonly handshakes: number;
  readonly failed: number;
  /** How many certificates were presented. */
  readonly certificates: number;
  /** Why handshakes failed, each reason once. */
  readonly reasons: readonly string[];
}

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "" },
    names: { type: "string", default: "" },
    atOnce: { type: "string", default: "16" },
    rate: { type: "string", default: "0" },
    seconds: { type: "string", default: "1" },
  },
});
const [port, atOnce, rate, seconds] = [values.port, values.atOnce, values.rate, values.seconds].map(
  Number,
) as [number, number, number, number];
/** `name` is a name; `{}` of it is each number from 0 to what follows it: `shop-{1000}.example.com` are a thousand. */
const [, before = "", count = "1", after = ""] = /^(.*)\{(\d+)\}(.*)$/.exec(values.names) ?? [];
const nameOf = (i: number): string =>
  before === "" ? values.names : `${before}${i % Number(count)}${after}`;

/** What all servers know: newer ones also offer one that quantum computers do not break, which costs more. */
const KEY_EXCHANGE = "X25519";

/** At a rate. A server that cannot keep up gets no more: what is measured then is not that it refuses some. */
const OPEN_MAX = 100;

const certificates = new Set<string>();
const reasons = new Set<string>();
let [begun, handshakes, failed] = [0, 0, 0];

/** A handshake in full, after which the connection ends. Who signed the certificate is not asked: that would be the client's time. */
function shakeHands(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({
    host: "127.0.0.1",
    port,
    servername: nameOf(begun++),
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    ecdhCurve: KEY_EXCHANGE,
  });
  socket.once("secureConnect", () => {
    handshakes++;
    certificates.add(socket.getPeerX509Certificate()?.serialNumber ?? "");
    socket.end();
  });
  socket.once("error", (error) => {
    failed++;
    reasons.add(error.message);
  });
  socket.once("close", () => resolve());
  return promise;
}

const endMs = performance.now() + seconds * 1_000;
const startedMs = performance.now();
if (rate === 0) {
  const shakeOn = async () => {
    while (performance.now() < endMs) await shakeHands();
  };
  await Promise.all(Array.from({ length: atOnce }, shakeOn));
} else {
  const open = new Set<Promise<void>>();
  while (performance.now() < endMs) {
    const due = ((performance.now() - startedMs) / 1_000) * rate;
    while (begun < due && open.size < OPEN_MAX) {
      const one = shakeHands();
      open.add(one);
      void one.then(() => open.delete(one));
    }
    await delay(2);
  }
  await Promise.all(open);
}
const result: Handshakes = { handshakes, failed, certificates: certificates.size, reasons: [...reasons] };
console.log(JSON.stringify(result));
