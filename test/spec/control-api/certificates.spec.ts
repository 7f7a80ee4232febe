import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { createClient, type TlsFiles } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { startHttpServer } from "@tollgate/telemetry";
import { Health } from "../../../packages/proto/src/gen/grpc/health/v1/health_pb.ts";
import { startAuthority } from "../../kit/certificate.ts";
import { until } from "../../kit/process.ts";
import { useFolder } from "../../kit/use.ts";

const folder = useFolder();
type Files = { readonly certificate: string; readonly key: string; readonly authorities: string };

const serve = (tls: TlsFiles) =>
  startGrpcServer({
    host: "127.0.0.1",
    port: 0,
    tokens: undefined,
    tls,
    services: [],
    register: () => undefined,
  });

it("a server without authorities asks no client for a certificate", async () => {
  await using authority = await startAuthority();
  const { certificate, key } = await authority.issue("server", "admin");
  await using grpc = await serve({ certificate, key, authorities: undefined });
  const tls = { certificate: undefined, key: undefined, authorities: authority.file };
  const health = createClient(Health, { address: `localhost:${grpc.port}`, tls });
  expect((await health.check({})).status).toBe(1);
  health.close();
});

it("the HTTP port serves by TLS, and uses replaced files without a restart", async () => {
  await using authority = await startAuthority();
  await using other = await startAuthority();
  const files = { certificate: join(folder, "http.crt"), key: join(folder, "http.key") };
  const put = ({ certificate, key }: { certificate: string; key: string }) => {
    copyFileSync(certificate, files.certificate);
    copyFileSync(key, files.key);
  };
  put(await authority.issue("control", "admin"));
  await using http = await startHttpServer(
    "127.0.0.1",
    0,
    (_request, response) => response.end("served"),
    files,
  );
  const get = (by: string) =>
    new Promise<string>((resolve) => {
      const options = { host: "127.0.0.1", port: http.port, ca: readFileSync(by), agent: false as const };
      request(options, async (response) => resolve(await text(response)))
        .on("error", ({ message }) => resolve(message))
        .end();
    });
  expect(await get(authority.file)).toBe("served");
  put(await other.issue("control", "admin"));
  await until("the new certificate is used", async () => (await get(other.file)) === "served");
  expect(await get(authority.file)).toMatch(/certificate/);
});

it("servers and clients of gRPC use replaced files without a restart, and not half of them", async () => {
  await using old = await startAuthority();
  await using next = await startAuthority();
  const at = (name: string): Files => ({
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
    authorities: join(folder, `${name}-ca.crt`),
  });
  const put = (files: Files, from: { certificate: string; key: string }, authorities: string) => {
    copyFileSync(authorities, files.authorities);
    copyFileSync(from.certificate, files.certificate);
    copyFileSync(from.key, files.key);
  };
  const [server, client] = [at("server"), at("client")];
  put(server, await old.issue("server", "admin"), old.file);
  put(client, await old.issue("client", "admin"), old.file);
  await using grpc = await serve(server);
  const address = `127.0.0.1:${grpc.port}`;
  const check = async (tls: Files) => {
    const health = createClient(Health, { address, tls });
    try {
      return (await health.check({}, { deadline: new Date(Date.now() + 2_000) })).status;
    } catch {
      return "refused";
    } finally {
      health.close();
    }
  };
  const renewed = at("renewed");
  put(renewed, await next.issue("client", "admin"), next.file);
  const kept = createClient(Health, { address, tls: client });
  expect([(await kept.check({})).status, await check(client), await check(renewed)]).toEqual([
    1,
    1,
    "refused",
  ]);
  writeFileSync(server.certificate, "half of a file");
  put(server, await next.issue("server", "admin"), next.file);
  put(client, await next.issue("client", "admin"), next.file);
  await until("the server uses the new files", async () => (await check(renewed)) === 1);
  // The connection that was there is not cut, and the client connects with the new files the next time.
  expect([(await kept.check({})).status, await check(client)]).toEqual([1, 1]);
  kept.close();
});
