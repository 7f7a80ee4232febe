import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAuthority } from "@tollgate/certificates";
import type { Kind } from "@tollgate/config";
import type { UpstreamRequest } from "@tollgate/pipeline";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";

const ACCOUNT = "000000000000";
const DOMAIN = "a.example.com";
const ENDPOINT = { id: "s3.us-east-1", spec: { url: "http://127.0.0.1:9000/storage", profile: "trust" } };

let authority: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-truststores-"));
  authority = (await openAuthority(folder)).certificate;
  rmSync(folder, { recursive: true });
});

/** What S3 has, by path and query, and what it was asked for. */
let objects: Record<string, string>;
let asked: UpstreamRequest[];
let application: Application & AsyncDisposable;
beforeEach(async () => {
  objects = {};
  asked = [];
  const memory = await startMemoryApplication();
  const upstreams: Application["upstreams"] = {
    ...memory.upstreams,
    credentials: (profile) =>
      profile === "trust"
        ? { accessKeyId: "AKIDTRUST", secretAccessKey: "s", sessionToken: undefined }
        : undefined,
    transport: {
      send(request, handler) {
        asked.push(request);
        const text = objects[request.path];
        const isThere = text !== undefined;
        handler.onHead(isThere ? 200 : 404, "", []);
        handler.onData(Buffer.from(isThere ? text : "<Error><Code>NoSuchKey</Code></Error>"));
        handler.onEnd();
        return { resume: () => undefined, abort: () => undefined };
      },
    },
  };
  application = { ...memory, upstreams };
});
afterEach(() => application[Symbol.asyncDispose]());

const put = (kind: Kind, id: string, spec: object) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));
const putDomain = (truststoreUri: string, more: object = {}, others: object = {}) =>
  put("DomainName", DOMAIN, {
    endpointConfiguration: { types: ["REGIONAL"] },
    mutualTlsAuthentication: { truststoreUri, ...more },
    ...others,
  });
const stored = () =>
  (application.mirror.account(ACCOUNT).entities.get(`domainnames/${DOMAIN}`)?.entity.spec ?? {}) as {
    mutualTlsAuthentication?: { truststore?: string };
  };
const truststore = () => stored().mutualTlsAuthentication?.truststore;
const refused = (message: RegExp) => ({
  problems: [expect.objectContaining({ message: expect.stringMatching(message) as string })],
});

describe("the truststore of a domain", () => {
  it("is read by the endpoint of S3 that the account has named, signed, by its version", async () => {
    await put("ServiceEndpoint", ENDPOINT.id, ENDPOINT.spec);
    objects["/storage/trust/ca%20(1)/all.pem?versionId=v%2F1"] = authority;
    objects["/storage/trust/ca%20%281%29/all.pem?versionId=v%2F1"] = authority;
    await putDomain("s3://trust/ca (1)/all.pem", { truststoreVersion: "v/1" });
    expect(truststore()).toBe(authority);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ origin: "http://127.0.0.1:9000", method: "GET", isServiceCall: true });
    expect(asked[0]?.headers.join(" ")).toMatch(
      /AWS4-HMAC-SHA256 Credential=AKIDTRUST\/\d{8}\/us-east-1\/s3\//,
    );
  });

  it("is read again only when its address or version changes", async () => {
    await put("ServiceEndpoint", ENDPOINT.id, ENDPOINT.spec);
    objects["/storage/trust/a.pem"] = authority;
    await putDomain("s3://trust/a.pem");
    await putDomain("s3://trust/a.pem", {}, { tags: { team: "shop" } });
    await putDomain("s3://trust/a.pem", { truststore: authority });
    expect([asked.length, truststore()]).toEqual([1, authority]);
    const next = `# the next\n${authority}`;
    objects["/storage/trust/a.pem?versionId=2"] = next;
    // A patch keeps what has been read beside the new version.
    await putDomain("s3://trust/a.pem", { truststoreVersion: "2", truststore: authority });
    expect([asked.length, truststore()]).toEqual([2, next]);
  });

  it("stays unread without an endpoint of S3, and the domain is not delivered", async () => {
    await putDomain("s3://trust/a.pem");
    expect([asked.length, truststore()]).toEqual([0, undefined]);
    await put("ServiceEndpoint", "s3.*", ENDPOINT.spec);
    objects["/storage/trust/a.pem"] = authority;
    await putDomain("s3://trust/a.pem");
    expect(truststore()).toBe(authority);
  });

  it.each([
    ["is not there", undefined, /s3:\/\/trust\/a.pem cannot be read: s3 responded 404 NoSuchKey/],
    ["has no certificate", "hello", /has no certificate in PEM/],
    ["is too large", "x".repeat(1_000_001), /has more than 1000000 bytes/],
  ])("that %s is refused, and nothing changes", async (_what, content, message) => {
    await put("ServiceEndpoint", ENDPOINT.id, ENDPOINT.spec);
    objects["/storage/trust/old.pem"] = authority;
    await putDomain("s3://trust/old.pem");
    if (content !== undefined) objects["/storage/trust/a.pem"] = content;
    await expect(putDomain("s3://trust/a.pem", { truststore: authority })).rejects.toMatchObject(
      refused(message),
    );
    expect(stored()).toMatchObject({ mutualTlsAuthentication: { truststoreUri: "s3://trust/old.pem" } });
  });

  describe("in a folder", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "tollgate-buckets-"));
      mkdirSync(join(folder, "trust", "team"), { recursive: true });
      writeFileSync(join(folder, "trust", "all.pem"), authority);
      // As a mounted Secret is.
      symlinkSync("all.pem", join(folder, "trust", "ca.crt"));
      writeFileSync(join(folder, "trust", "large.pem"), "x".repeat(1_000_001));
      writeFileSync(join(folder, "secret.pem"), authority);
      application = { ...application, truststores: folder };
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("is read from the folder of its bucket, unless the account has an endpoint of its own", async () => {
      await putDomain("s3://trust/all.pem");
      await putDomain("s3://trust/ca.crt");
      expect([asked.length, truststore()]).toEqual([0, authority]);
      await put("ServiceEndpoint", ENDPOINT.id, ENDPOINT.spec);
      await expect(putDomain("s3://trust/all.pem")).rejects.toMatchObject(refused(/404 NoSuchKey/));
    });

    it("stays unread where there is no folder of its bucket", async () => {
      for (const uri of [
        "s3://other/all.pem",
        "s3://../secret.pem",
        "s3://./secret.pem",
        "s3://secret.pem/x",
      ])
        await putDomain(uri);
      expect([asked.length, truststore()]).toEqual([0, undefined]);
    });

    it.each([
      ["s3://trust/none.pem", {}, /the folder of trust has no such file/],
      ["s3://trust/all.pem/x", {}, /the folder of trust has no such file/],
      ["s3://trust/team", {}, /its file cannot be read \(EISDIR\)/],
      ["s3://trust/large.pem", {}, /has more than 1000000 bytes/],
      ["s3://trust/../secret.pem", {}, /its key leads out of its bucket/],
      ["s3://trust/team/../../secret.pem", {}, /its key leads out of its bucket/],
      [
        "s3://trust/all.pem",
        { truststoreVersion: "1" },
        /which has no versions: leave truststoreVersion out/,
      ],
    ])("%s, %j is refused", async (uri, more, message) => {
      await expect(putDomain(uri, more)).rejects.toMatchObject(refused(message));
    });
  });

  it("may be given itself, without an address", async () => {
    const endpointConfiguration = { types: ["REGIONAL"] };
    await put("DomainName", DOMAIN, {
      endpointConfiguration,
      mutualTlsAuthentication: { truststore: authority },
    });
    expect([asked.length, truststore()]).toEqual([0, authority]);
    await expect(
      put("DomainName", DOMAIN, { endpointConfiguration, mutualTlsAuthentication: {} }),
    ).rejects.toThrow();
  });
});
