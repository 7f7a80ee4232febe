import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../kit/gateway.ts";
import { applied } from "../../kit/mock-api.ts";
import { commandsOf, outputPattern } from "../../kit/page-commands.ts";
import { placePebble } from "../../kit/pebble.ts";
import { freePort, until } from "../../kit/process.ts";
import { awsCli } from "../../kit/python.ts";
import { mock } from "../../kit/rest-api.ts";
import { use, useBoto, useFolder, useGateway, useScope } from "../../kit/use.ts";

const run = promisify(execFile);
const scope = useScope();
const folder = useFolder();
const place = use(placePebble);
const EXTERNAL = { id: "tollgate-1", key: Buffer.alloc(32, 7).toString("base64url") };
const gateway = useGateway({
  embeddedOnly: "Pebble looks at one port: behind a cluster there would be a load balancer",
  env: () => ({
    TOLLGATE_ACME_DIRECTORY: place.directoryUrl,
    TOLLGATE_ACME_CA: place.authoritiesFile,
    TOLLGATE_ACME_EMAIL: "operators@example.com",
    TOLLGATE_ACME_EAB_KEY_ID: EXTERNAL.id,
    TOLLGATE_ACME_EAB_KEY: EXTERNAL.key,
    TOLLGATE_WORKERS: "2",
  }),
});
const apigateway = useBoto(gateway);
const acm = () => apigateway.as("acm");

/** What came of requests at a gateway. */
const progressesOf = async (of: Gateway): Promise<string> => {
  const { entities } = await of.config.list({ kind: "CertificateRequest" });
  return entities.map(({ specJson }) => specJson).join("\n");
};

/** What a certificate becomes, as ACM shows it. Another attempt would be made in a minute: one that fails ends the wait for what is issued. */
const settled = async (CertificateArn: string, status: string) =>
  until(`${CertificateArn} is ${status}`, async () => {
    const { Certificate } = await acm().call("describe_certificate", { CertificateArn });
    if (Certificate.Status === status) return Certificate as Record<string, unknown>;
    if (status !== "ISSUED") return undefined;
    const progresses = await progressesOf(gateway);
    if (progresses.includes('"failure"')) throw new Error(progresses);
    return undefined;
  });

const root = join(folder, "root.pem");
beforeAll(async () => {
  const pebble = await place.start({
    httpPort: gateway.httpPorts[0] as number,
    httpsPort: gateway.httpsPort as number,
    badNonces: 50,
    externalAccounts: { [EXTERNAL.id]: EXTERNAL.key },
    refusedNames: ["refused.example.com"],
  });
  writeFileSync(root, await pebble.root());
}, 120_000);

const curl = async (host: string, path: string, port = gateway.httpsPort) =>
  (
    await run("curl", [
      "-s",
      "--cacert",
      root,
      "--resolve",
      `${host}:${port}:127.0.0.1`,
      `https://${host}:${port}${path}`,
    ])
  ).stdout;

it("a certificate is ordered, proved by the nodes, and presented, though half of all nonces are refused", async () => {
  const domainName = "shop.example.com";
  const request = {
    DomainName: domainName,
    SubjectAlternativeNames: ["www.shop.example.com"],
    KeyAlgorithm: "EC_prime256v1",
    IdempotencyToken: "once",
    ValidationMethod: "DNS",
    Tags: [{ Key: "team", Value: "shop" }],
  };
  const { CertificateArn } = await acm().call("request_certificate", request);
  expect(await acm().call("request_certificate", request)).toMatchObject({ CertificateArn });
  const issued = await settled(CertificateArn, "ISSUED");
  expect(issued).toMatchObject({
    DomainName: domainName,
    Type: "AMAZON_ISSUED",
    KeyAlgorithm: "EC_prime256v1",
    SubjectAlternativeNames: [domainName, "www.shop.example.com"],
    RenewalEligibility: "INELIGIBLE",
  });
  expect(issued).not.toHaveProperty("RenewalSummary");
  const { Certificate, CertificateChain } = await acm().call("get_certificate", { CertificateArn });
  expect(new X509Certificate(Certificate).checkIssued(new X509Certificate(CertificateChain))).toBe(true);
  expect(await acm().call("list_tags_for_certificate", { CertificateArn })).toMatchObject({
    Tags: request.Tags,
  });

  const apiId = await gateway.deploy({ "GET /pets": mock("served") });
  const endpointConfiguration = { types: ["REGIONAL"] };
  await apigateway.call("create_domain_name", {
    domainName,
    regionalCertificateArn: CertificateArn,
    endpointConfiguration,
  });
  await apigateway.call("create_base_path_mapping", { domainName, restApiId: apiId, stage: "prod" });
  await applied(gateway);
  expect(await curl(domainName, "/pets")).toBe("served");
  // What was responded to the authority is gone.
  const id = String(CertificateArn).split("/")[1] ?? "";
  const { entity } = await gateway.config.get({ kind: "CertificateRequest", id });
  const { progress } = JSON.parse(entity?.specJson ?? "") as { progress: unknown };
  expect(progress).toEqual({
    subject: expect.any(String) as string,
    issuer: "ACME",
    issued: expect.any(String) as string,
    failedAttempts: 0,
  });
});

it("what an authority refuses has failed, and says why", async () => {
  const { CertificateArn } = await acm().call("request_certificate", { DomainName: "refused.example.com" });
  const failed = await settled(CertificateArn, "FAILED");
  expect(failed).toMatchObject({ FailureReason: "DOMAIN_NOT_ALLOWED", Type: "AMAZON_ISSUED" });
  expect(await acm().refused("get_certificate", { CertificateArn })).toMatchObject({
    code: "RequestInProgressException",
  });
  const metrics = await (await fetch(`${gateway.controlUrl}/metrics`)).text();
  expect(metrics).toMatch(/^tollgate_certificates_failing(\{.*\})? 1$/m);
  await acm().call("delete_certificate", { CertificateArn });
  expect(await acm().refused("describe_certificate", { CertificateArn })).toMatchObject({
    code: "ResourceNotFoundException",
  });
});

it("names that only DNS proves are refused, and the internal authority issues what is asked of it", async () => {
  expect(await acm().refused("request_certificate", { DomainName: "*.example.com" })).toMatchObject({
    code: "ValidationException",
    message: expect.stringContaining("can be proved by DNS only") as string,
  });
  const CertificateAuthorityArn = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/internal";
  const { CertificateArn } = await acm().call("request_certificate", {
    DomainName: "*.example.com",
    CertificateAuthorityArn,
  });
  expect((await acm().call("describe_certificate", { CertificateArn })).Certificate).toMatchObject({
    Status: "ISSUED",
    Type: "PRIVATE",
  });
});

it("the page for operators does what it shows", async () => {
  const page = readFileSync(new URL("../../../packages/docs/https.md", import.meta.url), "utf8");
  const [, block = ""] = /```console acme\n([\s\S]*?)```/.exec(page) ?? [];
  const commands = commandsOf(block);
  expect(commands.length).toBe(4);
  const variables = join(folder, "variables");
  const env = {
    ...process.env,
    ...gateway.cliEnv,
    NO_COLOR: "1",
    npm_config_loglevel: "silent",
    PATH: `${await awsCli()}:${process.env.PATH}`,
    AWS_ENDPOINT_URL: gateway.controlUrl,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_DEFAULT_REGION: "us-east-1",
  };
  for (const { command, output } of commands) {
    const script = `[ -f ${variables} ] && . ${variables}; set -a; ${command}; declare -p ARN > ${variables}`;
    await until(
      () => `${command} to print ${output}`,
      async () => {
        const { stdout } = await run("bash", ["-c", script], { env });
        return outputPattern(output).test(stdout.trimEnd());
      },
    );
  }
});

it("a node that listens with TLS alone proves names by it", async () => {
  const second = scope.use(await placePebble());
  const secure = scope.use(
    await startGateway({
      TOLLGATE_ACME_DIRECTORY: second.directoryUrl,
      TOLLGATE_ACME_CA: second.authoritiesFile,
      TOLLGATE_ACME_CHALLENGES: "tls-alpn-01",
      TOLLGATE_HTTP: "off",
    }),
  );
  await second.start({ httpPort: await freePort(), httpsPort: secure.httpsPort as number });
  await secure.apply([{ kind: "CertificateRequest", id: "safe", spec: { names: ["safe.example.com"] } }]);
  await until("it is issued", async () => {
    const { entities } = await secure.config.list({ kind: "Certificate" });
    const progresses = await progressesOf(secure);
    if (progresses.includes('"failure"')) throw new Error(progresses);
    return entities.some(({ id }) => id === "safe");
  });
});
