import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../kit/certificate.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { until } from "../../kit/process.ts";
import { proxy } from "../../kit/rest-api.ts";
import { startHttpUpstream, type Upstream } from "../../kit/upstream.ts";
import { useFolder, useGateway, useScope } from "../../kit/use.ts";

const folder = useFolder();
const gateway = useGateway({
  env: {
    TOLLGATE_CLIENT_CERTIFICATES: folder,
    TOLLGATE_UPSTREAM_CONNECTIONS: "256",
    TOLLGATE_TRUSTED_PROXIES: "127.0.0.0/8",
  },
});
const scope = useScope();
let secure: string;
const targets: Upstream[] = [];

beforeAll(async () => {
  const [own, shown] = await Promise.all([selfSigned("upstream.test"), selfSigned("the-gateway")]);
  mkdirSync(join(folder, "cert01"));
  writeFileSync(join(folder, "cert01", "tls.crt"), shown.certificate);
  writeFileSync(join(folder, "cert01", "tls.key"), shown.privateKey);
  const server = createServer(
    { cert: own.certificate, key: own.privateKey, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const peer = socket.getPeerCertificate().subject as { CN?: string } | undefined;
      response.end(
        JSON.stringify({ shown: peer?.CN, asked: socket.servername || "", host: request.headers.host }),
      );
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scope.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  secure = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ["one", "two"])
    targets.push(
      scope.use(
        await startHttpUpstream(
          (request, response) => void response.end(`${name} ${request.headers.host} ${request.url}`),
        ),
      ),
    );
});

const http = (integration: object) => ({
  integration: { type: "HTTP", httpMethod: "GET", integrationResponses: { "200": {} }, ...integration },
});

describe("a trusted proxy in front of the node", () => {
  const seen = "$context.identity.sourceIp of $input.params('X-Forwarded-For')";
  const who = {
    integration: {
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      integrationResponses: { "200": { responseTemplates: { "application/json": seen } } },
    },
  };

  it.each([
    [{}, "127.0.0.1 of 127.0.0.1"],
    [{ "X-Forwarded-For": "6.6.6.6, 198.51.100.7" }, "198.51.100.7 of 6.6.6.6, 198.51.100.7, 127.0.0.1"],
    [{ "X-Forwarded-For": "198.51.100.7, forged" }, "127.0.0.1 of 198.51.100.7, forged, 127.0.0.1"],
  ])("%j: the caller is %s", async (headers, wanted) => {
    const api = await gateway.deploy({ "GET /who": who });
    expect((await gateway.invoke(api, "/who", { headers })).body).toBe(wanted);
  });
});

describe("TLS to upstreams", () => {
  it("an untrusted certificate is a network error, unless verification is off", async () => {
    const api = await gateway.deploy({
      "GET /proxy": proxy(secure),
      "GET /http": http({ uri: secure }),
      "GET /open": proxy(secure, { tlsConfig: { insecureSkipVerification: true } }),
      "GET /open-http": http({ uri: secure, tlsConfig: { insecureSkipVerification: true } }),
    });
    for (const path of ["/proxy", "/http"]) {
      const reply = await gateway.invoke(api, path);
      expect([reply.status, reply.body]).toEqual([
        500,
        '{"message":"Network error communicating with endpoint"}',
      ]);
    }
    for (const path of ["/open", "/open-http"]) expect((await gateway.invoke(api, path)).status).toBe(200);
  });

  it("the stage's client certificate is shown", async () => {
    await gateway.apply([{ kind: "ClientCertificate", id: "cert01", spec: { description: "spec" } }]);
    const method = proxy(secure, { tlsConfig: { insecureSkipVerification: true } });
    const without = await gateway.deploy({ "GET /a": method });
    expect(JSON.parse((await gateway.invoke(without, "/a")).body)).not.toHaveProperty("shown");
    const api = await gateway.deploy({ "GET /a": method }, { stage: { clientCertificateId: "cert01" } });
    expect(JSON.parse((await gateway.invoke(api, "/a")).body)).toMatchObject({ shown: "the-gateway" });
    await expect(gateway.config.delete({ kind: "ClientCertificate", id: "cert01" })).rejects.toThrow(
      /refers to it/,
    );
    await expect(
      gateway.deploy({ "GET /a": method }, { stage: { clientCertificateId: "none" } }),
    ).rejects.toThrow(/there is no ClientCertificate 'none'/);
  });

  it("a certificate that the node does not have fails its calls, not the node", async () => {
    await gateway.apply([{ kind: "ClientCertificate", id: "cert02", spec: {} }]);
    const api = await gateway.deploy(
      { "GET /a": proxy(secure) },
      { stage: { clientCertificateId: "cert02" } },
    );
    expect((await gateway.invoke(api, "/a")).status).toBe(500);
  });
});

describe("VPC links", () => {
  it("calls go to the link's targets in turn, with the URI's path and Host", async () => {
    embeddedOnly("each node takes turns for itself");
    await gateway.apply([
      {
        kind: "VpcLink",
        id: "link01",
        spec: { name: "private", targets: targets.map(({ origin }) => origin) },
      },
    ]);
    const link = { connectionType: "VPC_LINK", connectionId: "${stageVariables.link}" };
    const api = await gateway.deploy(
      {
        "GET /p/{id}": { ...proxy("http://inner.example:8080/x/{id}", link) },
        "GET /h": http({ uri: "http://inner.example/h", ...link }),
      },
      { stage: { variables: { link: "link01" } } },
    );
    const bodies = [await gateway.invoke(api, "/p/1"), await gateway.invoke(api, "/p/2")].map(
      ({ body }) => body,
    );
    expect(bodies.sort()).toEqual([
      expect.stringMatching(/^one inner\.example:8080 \/x\/[12]$/),
      expect.stringMatching(/^two inner\.example:8080 \/x\/[12]$/),
    ]);
    expect((await gateway.invoke(api, "/h")).body).toMatch(/^(one|two) inner\.example \/h$/);
  });

  it("with TLS the URI's host is sent and verified", async () => {
    await gateway.apply([{ kind: "VpcLink", id: "link02", spec: { name: "tls", targets: [secure] } }]);
    const link = {
      connectionType: "VPC_LINK",
      connectionId: "link02",
      tlsConfig: { insecureSkipVerification: true },
    };
    const api = await gateway.deploy({ "GET /a": proxy("https://upstream.test/", link) });
    expect(JSON.parse((await gateway.invoke(api, "/a")).body)).toMatchObject({
      asked: "upstream.test",
      host: "upstream.test",
    });
  });

  it("targets change at once, without a deployment", async () => {
    await gateway.apply([
      { kind: "VpcLink", id: "link03", spec: { name: "moves", targets: [targets[0]?.origin] } },
    ]);
    const api = await gateway.deploy({
      "GET /a": proxy("http://x/", { connectionType: "VPC_LINK", connectionId: "link03" }),
    });
    expect((await gateway.invoke(api, "/a")).body).toMatch(/^one/);
    const { revision } = await gateway.apply([
      { kind: "VpcLink", id: "link03", spec: { name: "moves", targets: [targets[1]?.origin] } },
    ]);
    await gateway.wait(revision);
    expect((await gateway.invoke(api, "/a")).body).toMatch(/^two/);
  });

  it("a link in use cannot be deleted, one that does not exist cannot be used, and a call without one is 500", async () => {
    await gateway.apply([
      { kind: "VpcLink", id: "link04", spec: { name: "used", targets: ["http://127.0.0.1:1"] } },
    ]);
    await gateway.deploy({
      "GET /a": proxy("http://x/", { connectionType: "VPC_LINK", connectionId: "link04" }),
    });
    await expect(gateway.config.delete({ kind: "VpcLink", id: "link04" })).rejects.toThrow(/refers to it/);
    await expect(
      gateway.deploy({ "GET /a": proxy("http://x/", { connectionType: "VPC_LINK", connectionId: "none" }) }),
    ).rejects.toThrow(/there is no VpcLink 'none'/);
    await expect(
      gateway.deploy({ "GET /a": proxy("http://x/", { connectionType: "VPC_LINK" }) }),
    ).rejects.toThrow(/connectionId: must name a VpcLink/);
    const api = await gateway.deploy({
      "GET /a": proxy("http://x/", { connectionType: "VPC_LINK", connectionId: "${stageVariables.none}" }),
    });
    expect((await gateway.invoke(api, "/a")).status).toBe(500);
  });

  it.each(["http://x/path", "ftp://x", "x:80"])("the target %s is refused", async (target) => {
    await expect(
      gateway.apply([{ kind: "VpcLink", id: "bad", spec: { name: "n", targets: [target] } }]),
    ).rejects.toThrow(/targets\[0\]: must be http/);
  });
});

describe("connections to an upstream", () => {
  it.each([
    { method: "POST", times: "once" },
    { method: "PUT", times: "once" },
    { method: "PATCH", times: "once" },
    { method: "DELETE", times: "once" },
    // Reading twice does no harm: the connection may just have been too old.
    { method: "GET", times: "twice at most" },
  ])("a $method is sent $times, whatever becomes of its connection", async ({ method, times }) => {
    const seen: string[] = [];
    await using upstream = await startHttpUpstream((request, response) => {
      request.resume().on("end", () => {
        seen.push(request.url ?? "");
        if (request.url === "/good") response.end("good");
        else request.socket.destroy();
      });
    });
    const api = await gateway.deploy({
      [`${method} /good`]: proxy(`${upstream.origin}/good`),
      [`${method} /bad`]: proxy(`${upstream.origin}/bad`),
    });
    const options = method.startsWith("P") ? { method, body: "an order" } : { method };
    // The second one goes by the connection that the first one left.
    expect((await gateway.invoke(api, "/good", options)).body).toBe("good");
    expect((await gateway.invoke(api, "/bad", options)).status).toBe(500);
    // And this one by a new connection.
    expect((await gateway.invoke(api, "/bad", options)).status).toBe(500);
    const bad = Array.from({ length: times === "once" ? 2 : 4 }, () => "/bad");
    expect(seen).toEqual(["/good", ...bad]);
  });

  it("calls one after the other share a connection; many at once have as many as are set, and wait for the next", async () => {
    embeddedOnly("each node has connections of its own");
    const sockets = new Set<unknown>();
    const held: (() => void)[] = [];
    let holds = false;
    await using upstream = await startHttpUpstream((request, response) => {
      sockets.add(request.socket);
      if (holds) held.push(() => response.end("done"));
      else response.end("done");
    });
    const api = await gateway.deploy({
      "GET /a": proxy(upstream.origin),
      "GET /other": proxy(targets[0]?.origin ?? ""),
    });
    for (let i = 0; i < 5; i++) await gateway.invoke(api, "/a");
    expect(sockets.size).toBe(1);

    holds = true;
    const calls: ReturnType<typeof gateway.invoke>[] = [];
    const call = (count: number) => {
      for (let i = 0; i < count; i++) calls.push(gateway.invoke(api, "/a"));
    };
    // Not all at once: a busy machine would refuse some of a burst.
    while (calls.length < 256) {
      call(32);
      await until(`${calls.length} calls have reached the upstream`, () => held.length === calls.length);
    }
    call(44);
    // Calls to others pass meanwhile: whatever the gateway was going to connect, it has.
    for (let i = 0; i < 50; i++) expect((await gateway.invoke(api, "/other")).status).toBe(200);
    expect([held.length, sockets.size]).toEqual([256, 256]);
    holds = false;
    for (const release of held) release();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 300 }, () => 200));
    expect(sockets.size).toBe(256);
  });
});
