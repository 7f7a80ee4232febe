import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { Agent, request } from "undici";
import { beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Authority, openAuthority } from "@tollgate/certificates";
import { applied } from "../../kit/mock-api.ts";
import { mock } from "../../kit/rest-api.ts";
import { useBoto, useFolder, useGateway, useScope } from "../../kit/use.ts";
import { deployWebSocketApi, echo, twoWay } from "../../kit/websocket-api.ts";

const run = promisify(execFile);
const gateway = useGateway({
  embeddedOnly: "nodes of a cluster have an authority each: what is shown is the listener of a node",
  env: {
    TOLLGATE_WORKERS: "2",
    TOLLGATE_PRIVATE_HTTPS_PORT: "0",
    TOLLGATE_PRIVATE_VPC_ENDPOINT: "vpce-0a1b2c3d",
  },
});
const apigateway = useBoto(gateway);
const acm = () => apigateway.as("acm");
const scope = useScope();
const folder = useFolder();
const SAMPLE = "/_aws/execute-api/tollgate01/dev";
const authority = () => gateway.authorityFile as string;
const url = (path: string) => `https://localhost:${gateway.httpsPort}${SAMPLE}${path}`;

it.each([
  ["--http1.1", "1.1"],
  ["--http2", "2"],
])("curl %s trusts the authority of npm start, and calls a function", async (flag, version) => {
  const args = ["-s", flag, "--cacert", authority(), "-w", "\n%{http_version}", url("/hello?name=Ada")];
  const { stdout } = await run("curl", args);
  expect(stdout).toBe(`{"message":"Hello, Ada!","path":"/hello","stage":"dev"}\n${version}`);
});

it.each([true, false])(
  "undici (HTTP/2: %s) sends and receives bodies of megabytes, many at a time",
  async (allowH2) => {
    const dispatcher = new Agent({ allowH2, connect: { ca: readFileSync(authority()) } });
    scope.defer(() => dispatcher.close());
    const body = Buffer.alloc(2_000_000, "x");
    const replies = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const reply = await request(url("/http/big"), { dispatcher, method: "POST", body });
        return (await reply.body.json()) as { bodyBytes: number };
      }),
    );
    expect(replies.map(({ bodyBytes }) => bodyBytes)).toEqual(Array(8).fill(body.length));
  },
);

it("a client of a WebSocket API speaks through TLS", async () => {
  const { apiId } = await deployWebSocketApi(gateway, {
    routes: { $default: { ...twoWay, integration: echo } },
  });
  const socket = new WebSocket(`wss://localhost:${gateway.httpsPort}/_aws/execute-api/${apiId}/live`, {
    ca: readFileSync(authority()),
  });
  await once(socket, "open");
  socket.send("{}");
  const [messageId] = (await once(socket, "message")) as [Buffer];
  expect(messageId.length).toBeGreaterThan(10);
  socket.close();
  await once(socket, "close");
});

it("a private API is served at the port for private networks, as its policy says, and nowhere else", async () => {
  await gateway.apply([{ kind: "VpcEndpoint", id: "vpce-0a1b2c3d", spec: { vpcId: "vpc-1" } }]);
  const policyFor = (vpcId: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: "execute-api:Invoke",
          Resource: "*",
          Condition: { StringEquals: { "aws:SourceVpc": vpcId } },
        },
      ],
    });
  const deploy = (vpcId: string) =>
    gateway.deploy(
      { "GET /pets": mock("inside") },
      { api: { endpointConfiguration: { types: ["PRIVATE"] }, policy: policyFor(vpcId) } },
    );
  const [inside, other, open] = [
    await deploy("vpc-1"),
    await deploy("vpc-2"),
    await gateway.deploy({ "GET /pets": mock("open") }),
  ];
  await applied(gateway);
  const at = async (port: number | undefined, host: string, ...more: string[]) => {
    const args = ["-s", "--cacert", authority(), "--resolve", `${host}:${port}:127.0.0.1`, ...more];
    return (await run("curl", [...args, `https://${host}:${port}/prod/pets`])).stdout;
  };
  const hostOf = (api: string) => `${api}.execute-api.us-east-1.amazonaws.com`;
  const { privateHttpsPort, httpsPort } = gateway;
  const forbidden = expect.stringMatching(/Forbidden|not authorized/) as string;
  expect(await at(privateHttpsPort, hostOf(inside))).toBe("inside");
  expect(
    await at(
      privateHttpsPort,
      "localhost",
      "-H",
      "Host: vpce-0a1b2c3d-x.execute-api.us-east-1.vpce.amazonaws.com",
      "-H",
      `x-apigw-api-id: ${inside}`,
    ),
  ).toBe("inside");
  expect(await at(privateHttpsPort, hostOf(other))).toEqual(forbidden);
  expect(await at(privateHttpsPort, hostOf(open))).toEqual(forbidden);
  expect(await at(httpsPort, hostOf(inside))).toEqual(forbidden);
  expect(await at(httpsPort, hostOf(open))).toBe("open");
});

it("a private domain is served to the VPC endpoints that it and an access association allow", async () => {
  const domainName = "own.example.com";
  const policy = (vpce: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: "execute-api:Invoke",
          Resource: "execute-api:/*",
          Condition: { StringEquals: { "aws:SourceVpce": vpce } },
        },
      ],
    });
  const apiId = await gateway.deploy(
    { "GET /pets": mock("inside") },
    { api: { endpointConfiguration: { types: ["PRIVATE"] }, policy: policy("vpce-0a1b2c3d") } },
  );
  const { domainNameArn } = (await apigateway.call("create_domain_name", {
    domainName,
    endpointConfiguration: { types: ["PRIVATE"] },
    policy: policy("vpce-0a1b2c3d"),
  })) as { domainNameArn: string };
  await apigateway.call("create_base_path_mapping", { domainName, restApiId: apiId, stage: "prod" });
  const at = async (port: number | undefined) => {
    await applied(gateway);
    const args = ["-s", "-k", "--resolve", `${domainName}:${port}:127.0.0.1`];
    return (await run("curl", [...args, `https://${domainName}:${port}/pets`])).stdout;
  };
  const { privateHttpsPort, httpsPort } = gateway;
  const forbidden = '{"message":"Forbidden"}';
  expect(await at(privateHttpsPort)).toBe(forbidden);
  const association = (await apigateway.call("create_domain_name_access_association", {
    domainNameArn,
    accessAssociationSourceType: "VPCE",
    accessAssociationSource: "vpce-0a1b2c3d",
  })) as { domainNameAccessAssociationArn: string };
  expect([await at(privateHttpsPort), await at(httpsPort)]).toEqual(["inside", forbidden]);
  const replace = (value: string) =>
    apigateway.call("update_domain_name", {
      domainName,
      patchOperations: [{ op: "replace", path: "/policy", value }],
    });
  await replace(policy("vpce-9z"));
  expect(await at(privateHttpsPort)).toBe(forbidden);
  await replace(policy("vpce-0a1b2c3d"));
  expect(await at(privateHttpsPort)).toBe("inside");
  const { domainNameAccessAssociationArn } = association;
  await apigateway.call("delete_domain_name_access_association", { domainNameAccessAssociationArn });
  expect(await at(privateHttpsPort)).toBe(forbidden);
});

it("a session resumes with whichever worker takes the connection", async () => {
  const options = {
    port: gateway.httpsPort,
    host: "127.0.0.1",
    servername: "localhost",
    ca: readFileSync(authority()),
  };
  const first = connectTls(options);
  first.on("data", () => undefined);
  const [session] = (await once(first, "session")) as [Buffer];
  first.destroy();
  const reused = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const again = connectTls({ ...options, session });
      await once(again, "secureConnect");
      const isReused = again.isSessionReused();
      again.destroy();
      return isReused;
    }),
  );
  expect(reused).toEqual(Array(12).fill(true));
});

describe("certificates of ACM", () => {
  /** Another authority, as that of a company. */
  let company: Authority;
  beforeAll(async () => {
    company = await openAuthority(join(folder, "company"));
  });
  const DAY_MS = 24 * 60 * 60 * 1000;
  const issued = async (...names: [string, ...string[]]) => {
    const { certificate: Certificate, privateKey: PrivateKey } = await company.issue({
      names,
      validMs: DAY_MS,
    });
    return { Certificate, PrivateKey, CertificateChain: company.certificate };
  };
  /** The serial number that a domain presents, and the response to a call of its root. */
  const call = async (domain: string, more: readonly string[] = []) => {
    const { stdout } = await run("curl", [
      "-s",
      ...more,
      "--cacert",
      company.file,
      "--resolve",
      `${domain}:${gateway.httpsPort}:127.0.0.1`,
      `https://${domain}:${gateway.httpsPort}/shop/pets`,
    ]);
    return stdout;
  };

  it("are imported, presented by their domains, replaced under open connections, and not deleted while in use", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("served") });
    const domainName = "shop.example.com";
    const { CertificateArn } = await acm().call("import_certificate", {
      ...(await issued(domainName)),
      CertificateChain: company.certificate,
      Tags: [{ Key: "team", Value: "shop" }],
    });
    expect(CertificateArn).toMatch(/^arn:aws:acm:us-east-1:000000000000:certificate\/[0-9a-f-]{36}$/);
    await apigateway.call("create_domain_name", {
      domainName,
      regionalCertificateArn: CertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
      securityPolicy: "TLS_1_2",
    });
    const { Certificate } = await acm().call("describe_certificate", { CertificateArn });
    expect(Certificate).toMatchObject({
      CertificateArn,
      DomainName: domainName,
      SubjectAlternativeNames: [domainName],
      Status: "ISSUED",
      Type: "IMPORTED",
      KeyAlgorithm: "EC_prime256v1",
      Issuer: "Tollgate",
      InUseBy: ["arn:aws:apigateway:us-east-1::/domainnames/shop.example.com"],
    });
    await apigateway.call("create_base_path_mapping", {
      domainName,
      basePath: "shop",
      restApiId: apiId,
      stage: "prod",
    });
    await applied(gateway);
    expect(await call(domainName)).toBe("served");
    const serialOf = async () => {
      const socket = connectTls({
        port: gateway.httpsPort,
        host: "127.0.0.1",
        servername: domainName,
        ca: company.certificate,
      });
      await once(socket, "secureConnect");
      const { serialNumber } = socket.getPeerCertificate();
      return { socket, serialNumber: serialNumber.toLowerCase() };
    };
    const { socket, serialNumber } = await serialOf();
    expect(Certificate.Serial.replaceAll(":", "")).toBe(serialNumber);
    await acm().call("import_certificate", { CertificateArn, ...(await issued(domainName)) });
    await expect.poll(async () => (await serialOf()).serialNumber).not.toBe(serialNumber);
    socket.write(`GET /shop/pets HTTP/1.1\r\nHost: ${domainName}\r\nConnection: close\r\n\r\n`);
    expect((await socket.toArray()).join("")).toContain("served");

    expect(await acm().call("list_tags_for_certificate", { CertificateArn })).toMatchObject({
      Tags: [{ Key: "team", Value: "shop" }],
    });
    expect(await acm().refused("delete_certificate", { CertificateArn })).toMatchObject({
      code: "ResourceInUseException",
      message: `Certificate ${CertificateArn} in account 000000000000 is in use.`,
    });
    await apigateway.call("delete_base_path_mapping", { domainName, basePath: "shop" });
    await apigateway.call("delete_domain_name", { domainName });
    await acm().call("delete_certificate", { CertificateArn });
    expect(await acm().refused("get_certificate", { CertificateArn })).toMatchObject({
      code: "ResourceNotFoundException",
    });
  });

  it("a domain with a truststore in S3 serves those whom it certified, whose certificate functions see", async () => {
    const domainName = "partners.example.com";
    const truststores = createServer(({ url }, response) => {
      if (url === "/trust/partners.pem") response.end(company.certificate);
      else response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
    });
    truststores.listen(0, "127.0.0.1");
    await once(truststores, "listening");
    scope.defer(() => void truststores.close());
    const { port } = truststores.address() as AddressInfo;
    await gateway.apply([{ kind: "ServiceEndpoint", id: "s3.*", spec: { url: `http://127.0.0.1:${port}` } }]);
    const { CertificateArn } = await acm().call("import_certificate", await issued(domainName));
    const domain = {
      domainName,
      regionalCertificateArn: CertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
    };
    expect(
      await apigateway.refused("create_domain_name", {
        ...domain,
        mutualTlsAuthentication: { truststoreUri: "s3://trust/none.pem" },
      }),
    ).toMatchObject({ code: "BadRequestException", message: expect.stringContaining("404 NoSuchKey") });
    const mutualTlsAuthentication = { truststoreUri: "s3://trust/partners.pem" };
    expect(await apigateway.call("create_domain_name", { ...domain, mutualTlsAuthentication })).toMatchObject(
      {
        domainNameStatus: "AVAILABLE",
        mutualTlsAuthentication,
      },
    );
    const template = '{"statusCode": 200, "body": "$context.identity.clientCert.subjectDN"}';
    const apiId = await gateway.deploy({
      "GET /pets": {
        integration: {
          type: "MOCK",
          requestTemplates: { "application/json": template },
          integrationResponses: {
            "200": { responseTemplates: { "application/json": "$context.identity.clientCert.subjectDN" } },
          },
        },
        methodResponses: { "200": {} },
      },
    });
    await apigateway.call("create_base_path_mapping", {
      domainName,
      basePath: "shop",
      restApiId: apiId,
      stage: "prod",
    });
    await applied(gateway);
    const { certificate, privateKey } = await company.issue({
      names: ["ada"],
      validMs: DAY_MS,
      usage: "clientAuth",
    });
    const files = { cert: join(folder, "ada.pem"), key: join(folder, "ada-key.pem") };
    writeFileSync(files.cert, certificate);
    writeFileSync(files.key, privateKey);
    const shown = ["--cert", files.cert, "--key", files.key];
    for (const flag of ["--http1.1", "--http2"])
      expect(await call(domainName, [flag, ...shown])).toBe("CN=ada");
    await expect(call(domainName)).rejects.toThrow();
    const stranger = await openAuthority(join(folder, "stranger"));
    const other = await stranger.issue({ names: ["eve"], validMs: DAY_MS, usage: "clientAuth" });
    writeFileSync(files.cert, other.certificate);
    writeFileSync(files.key, other.privateKey);
    expect(await call(domainName, shown)).toBe('{"message":"Forbidden"}');
    expect((await gateway.call("/shop/pets", { host: domainName })).status).toBe(403);
    await apigateway.call("delete_base_path_mapping", { domainName, basePath: "shop" });
    await apigateway.call("delete_domain_name", { domainName });
    await acm().call("delete_certificate", { CertificateArn });
  });

  it("are issued by the internal authority at once, for names that a domain can present", async () => {
    const domainName = "issued.example.com";
    const request = { DomainName: domainName, IdempotencyToken: "once", KeyAlgorithm: "EC_prime256v1" };
    const { CertificateArn } = await acm().call("request_certificate", request);
    expect(await acm().call("request_certificate", request)).toMatchObject({ CertificateArn });
    const { Certificate } = await acm().call("describe_certificate", { CertificateArn });
    expect(Certificate).toMatchObject({ DomainName: domainName, Status: "ISSUED", Type: "PRIVATE" });
    expect((await acm().call("get_certificate", { CertificateArn })).CertificateChain).toBe(
      readFileSync(authority(), "utf8"),
    );
    expect(await acm().refused("request_certificate", { DomainName: "localhost.-x" })).toMatchObject({
      code: "ValidationException",
    });
    await acm().call("delete_certificate", { CertificateArn });
  });

  it("lists of them show RSA only, unless others are asked for", async () => {
    const { CertificateArn } = await acm().call("import_certificate", await issued("*.list.example.com"));
    expect((await acm().call("list_certificates")).CertificateSummaryList).toEqual([]);
    const { CertificateSummaryList: all } = await acm().call("list_certificates", {
      Includes: { keyTypes: ["EC_prime256v1"] },
    });
    expect(all).toMatchObject([{ CertificateArn, DomainName: "*.list.example.com", InUse: false }]);
    await acm().call("remove_tags_from_certificate", { CertificateArn, Tags: [{ Key: "none" }] });
    await acm().call("delete_certificate", { CertificateArn });
  });

  it("what cannot be served is refused, in AWS's words", async () => {
    const right = await issued("right.example.com");
    const other = await issued("other.example.com");
    expect(
      await acm().refused("import_certificate", { ...right, PrivateKey: other.PrivateKey }),
    ).toMatchObject({
      code: "ValidationException",
      message: "The private key does not match the certificate.",
    });
    const nowhere = "arn:aws:acm:us-east-1:000000000000:certificate/none";
    expect(await acm().refused("describe_certificate", { CertificateArn: nowhere })).toMatchObject({
      code: "ResourceNotFoundException",
      message: `Could not find certificate ${nowhere}.`,
    });
    const { CertificateArn } = await acm().call("import_certificate", right);
    for (const [regionalCertificateArn, message] of [
      [nowhere, "The provided certificate does not exist."],
      [CertificateArn, "The domain name to be created is not covered by the provided certificate."],
    ])
      expect(
        await apigateway.refused("create_domain_name", {
          domainName: "wrong.example.com",
          regionalCertificateArn,
          endpointConfiguration: { types: ["REGIONAL"] },
        }),
      ).toMatchObject({ code: "BadRequestException", message });
  });
});
