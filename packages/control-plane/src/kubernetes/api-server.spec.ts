import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import { type ApiError, ApiServer } from "./api-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-api-server-"));
afterAll(() => rmSync(folder, { recursive: true }));
let authority: Authority;
beforeAll(async () => {
  authority = await openAuthority(join(folder, "authority"));
});

/** Replaces a file at once, as a kubelet does. */
function replace(credentials: string, name: string, text: string): void {
  writeFileSync(join(credentials, `${name}.next`), text);
  renameSync(join(credentials, `${name}.next`), join(credentials, name));
}

async function open(respond: RequestListener) {
  const credentials = mkdtempSync(join(folder, "credentials-"));
  replace(credentials, "token", "first\n");
  replace(credentials, "ca.crt", authority.certificate);
  const { certificate: cert, privateKey: key } = await authority.issue({
    names: ["127.0.0.1", "localhost"],
    validMs: 60 * 60_000,
  });
  const server = createServer({ cert, key }, respond);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const api = new ApiServer({ server: `https://localhost:${port}`, credentials });
  return {
    api,
    credentials,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

const failureOf = async (
  work: Promise<unknown>,
): Promise<Pick<ApiError, "status" | "reason" | "message">> => {
  const { status, reason, message } = (await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  )) as ApiError;
  return { status, reason, message };
};

describe("a call of the API server", () => {
  it("shows the token of the pod, and the next one when its file is replaced", async () => {
    await using test = await open((request, response) => {
      response.end(JSON.stringify(request.headers.authorization));
    });
    expect(await test.api.call({ path: "/" })).toBe("Bearer first");
    replace(test.credentials, "token", "second");
    expect(await test.api.call({ path: "/" })).toBe("Bearer second");
    rmSync(join(test.credentials, "token"));
    expect(await test.api.call({ path: "/" })).toBe("Bearer second");
  });

  it("trusts the authority of the cluster alone, and the next one when its file is replaced", async () => {
    await using test = await open((_, response) => {
      response.end("1");
    });
    const other = await openAuthority(join(folder, "other"));
    replace(test.credentials, "ca.crt", other.certificate);
    expect(await failureOf(test.api.call({ path: "/" }))).toMatchObject({ status: 0, reason: "Unreachable" });
    replace(test.credentials, "ca.crt", authority.certificate);
    expect(await test.api.call({ path: "/" })).toBe(1);
  });

  it("is a merge patch or an object, and asks for metadata alone where that is enough", async () => {
    const seen: string[] = [];
    await using test = await open((request, response) => {
      const { "content-type": type = "none", accept } = request.headers;
      seen.push(`${request.method} ${request.url} ${type} ${accept}`);
      response.end("{}");
    });
    await test.api.call({ method: "PATCH", path: "/a", query: { fieldManager: "me" }, body: {} });
    await test.api.call({ method: "POST", path: "/b", body: {} });
    await test.api.call({ path: "/c", onlyMetadata: "list" });
    expect(seen).toEqual([
      "PATCH /a?fieldManager=me application/merge-patch+json application/json",
      "POST /b application/json application/json",
      "GET /c none application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    ]);
  });

  it.each([
    [410, { reason: "Expired", message: "too old" }, { status: 410, reason: "Expired", message: "too old" }],
    [502, "bad gateway", { status: 502, reason: "", message: "502: bad gateway" }],
  ])("that is refused with %d says why", async (status, body, failure) => {
    await using test = await open((_, response) => {
      response.statusCode = status;
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
    expect(await failureOf(test.api.call({ path: "/" }))).toEqual(failure);
    expect(await failureOf(test.api.lines({ path: "/" }).next())).toEqual(failure);
  });

  it("for what does not exist finds nothing", async () => {
    await using test = await open((_, response) => {
      response.statusCode = 404;
      response.end("{}");
    });
    expect(await test.api.find({ path: "/" })).toBe(undefined);
  });
});

describe("a watch", () => {
  it("is read line by line, however it arrives, with characters of several bytes", async () => {
    const text = `${JSON.stringify({ a: "ü€" })}\n${JSON.stringify({ b: 2 })}\n`;
    await using test = await open((_, response) => {
      const bytes = Buffer.from(text);
      const send = (at: number): void => {
        if (at >= bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 3), () => send(at + 3));
      };
      send(0);
    });
    const lines: unknown[] = [];
    for await (const line of test.api.lines({ path: "/" })) lines.push(line);
    expect(lines).toEqual([{ a: "ü€" }, { b: 2 }]);
  });

  it("that breaks off says so, after what arrived", async () => {
    await using test = await open((_, response) => {
      response.write('{"a":1}\n{"b"', () => response.destroy());
    });
    const lines = test.api.lines({ path: "/" });
    expect((await lines.next()).value).toEqual({ a: 1 });
    expect(await failureOf(lines.next())).toMatchObject({ status: 0, reason: "Unreachable" });
  });

  it("ends when nobody wants it any more", async () => {
    await using test = await open((_, response) => {
      response.write('{"a":1}\n');
    });
    const stopped = new AbortController();
    const lines = test.api.lines({ path: "/", signal: stopped.signal });
    expect((await lines.next()).value).toEqual({ a: 1 });
    const next = lines.next();
    stopped.abort();
    await expect(next).rejects.toThrow();
  });
});
