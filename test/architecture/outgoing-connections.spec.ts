import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The only files that can open a connection, and where to. What accounts name (integrations, functions, issuers, webhooks) is reached by the first two,
 * which ask the egress policy; the others go where a setting of the operator says.
 */
const OPENS: Readonly<Record<string, string>> = {
  "packages/transport/src/clients.ts": "whatever the connector of the pool allows",
  "packages/transport/src/egress/connector.ts": "addresses that the egress policy allows",
  "packages/transport/src/undici-transport.ts":
    "what the guarded connector, or that of the operator's endpoints, allows",
  "packages/data-plane/src/edge/origin-link.ts": "TOLLGATE_EDGE",
  "packages/data-plane/src/listener/http1/in-place.ts":
    "nowhere: its sockets have connections that a server accepted",
  "packages/control-plane/src/certificate/acme/authority-calls.ts":
    "TOLLGATE_ACME_DIRECTORY, and what this authority names",
  "packages/control-plane/src/kubernetes/api-server.ts": "TOLLGATE_KUBERNETES_API",
  "packages/control-plane/src/certificate/acme/dns/send-update.ts": "TOLLGATE_ACME_DNS",
  "packages/control-plane/src/notification/mail.ts": "TOLLGATE_SMTP_URL",
  "packages/control-plane/src/store/etcd-client.ts": "TOLLGATE_ETCD",
  "packages/control-plane/src/store/etcd-range.ts": "TOLLGATE_ETCD",
  "packages/metering/src/metrics-backend/query-api.ts": "TOLLGATE_METRICS_URL",
  "packages/metering/src/usage-store/postgres.ts": "TOLLGATE_POSTGRES",
  "packages/proto/src/access.ts": "parts of the product",
  "packages/proto/src/grpc-server.ts": "parts of the product",
  "packages/proto/src/grpc.ts": "parts of the product",
  "packages/proto/src/rpc.ts": "parts of the product",
  "packages/proto/src/tls.ts": "parts of the product",
  "packages/redis/src/connection.ts": "TOLLGATE_REDIS",
  "packages/redis/src/redis.ts": "TOLLGATE_REDIS",
  "packages/telemetry/src/metric-export.ts": "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
  "packages/telemetry/src/tracing.ts": "OTEL_EXPORTER_OTLP_ENDPOINT",
  "packages/usage-stream/src/kafka/fenced-sender.ts": "TOLLGATE_KAFKA",
  "packages/usage-stream/src/kafka/kafka.ts": "TOLLGATE_KAFKA",
  "packages/usage-stream/src/kafka/sender.ts": "TOLLGATE_KAFKA",
};

/** Run on a user's machine, as that user. */
const OF_USERS = /^packages\/(?:cli|sdk|functions)\//;

const CLIENTS =
  /^(?:undici|nodemailer|pg|etcd3|kafkajs|ioredis|redis|iovalkey|@redis\/.+|@grpc\/grpc-js|node:dgram|@opentelemetry\/exporter-(?!prometheus).+)$/;
/** All of a module: `net.connect` is one of its members. */
const WHOLE = /^\w+(?:,|$)|\*\s+as\b/;
const CONNECTS = /\b(?:connect|createConnection|Socket|request|get|Agent|ClientRequest)\b/;
const GLOBALS = /(?<![.\w])(?:fetch\(|new WebSocket\(|new EventSource\()/;

/** What a file imports to run: not its types. */
const importsOf = (text: string) =>
  [...text.matchAll(/(?:import|export)\s+(?!type\b)([^;]*?)\s+from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/g)].map(
    ([, names = "* as dynamic", from, dynamic]) => ({
      names: names.replace(/\btype\s+\w+/g, "").trim(),
      from: from ?? dynamic ?? "",
    }),
  );

const opens = (text: string): boolean =>
  GLOBALS.test(text) ||
  importsOf(text).some(
    ({ names, from }) =>
      (CLIENTS.test(from) && names !== "{  }") ||
      (/^node:(?:net|tls|https?|http2)$/.test(from) && (CONNECTS.test(names) || WHOLE.test(names))),
  );

it("connections are opened in few places, each of which goes where it may", () => {
  const files = globSync("packages/*/src/**/*.ts", { cwd: ROOT })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !OF_USERS.test(file) && !/(?:\.spec|\.fixture|\.contract)\.ts$|\/kit\//.test(file));
  expect(files.length).toBeGreaterThan(500);
  const found = files.filter((file) => opens(readFileSync(`${ROOT}${file}`, "utf8"))).sort();
  expect(found).toEqual(Object.keys(OPENS).sort());
});

it.each([
  ['import { connect } from "node:net";', true],
  ['import net from "node:net";', true],
  ['import * as http from "node:http";', true],
  ['import https, { type Server } from "node:https";', true],
  ['export { request } from "node:https";', true],
  ['const tls = await import("node:tls");', true],
  ['import { fetch } from "undici";', true],
  ['await fetch("http://127.0.0.1/");', true],
  ['import { createServer } from "node:http";', false],
  ['import type { Socket } from "node:net";', false],
  ['import { createServer, type Socket } from "node:net";', false],
  ['import { isIP } from "node:net";', false],
  ["transport.fetch(call)", false],
])("%s opens connections: %s", (text, isOpening) => {
  expect(opens(text)).toBe(isOpening);
});
