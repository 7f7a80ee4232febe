import { X509Certificate } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { type NameServer, startNameServer } from "../../kit/name-server.ts";
import { placePebble } from "../../kit/pebble.ts";
import { until } from "../../kit/process.ts";
import { use, useBoto, useGateway } from "../../kit/use.ts";

const place = use(placePebble);
const dns: NameServer = use(() => startNameServer("example.com"));
const gateway = useGateway({
  embeddedOnly: "the control plane proves names here: nodes, and how many there are, do not matter",
  env: () => ({
    TOLLGATE_ACME_DIRECTORY: place.directoryUrl,
    TOLLGATE_ACME_CA: place.authoritiesFile,
    TOLLGATE_ACME_DNS: `rfc2136://127.0.0.1:${dns.port}?zone=${dns.zone}`,
    TOLLGATE_ACME_DNS_KEY: dns.key,
    TOLLGATE_ACME_DNS_RESOLVERS: `127.0.0.1:${dns.port}`,
  }),
});
const apigateway = useBoto(gateway);
const acm = () => apigateway.as("acm");

beforeAll(async () => {
  const [httpPort, httpsPort] = [gateway.httpPorts[0] as number, gateway.httpsPort as number];
  await place.start({ httpPort, httpsPort, dnsPort: dns.port });
});

interface Described {
  readonly Status: string;
  readonly DomainValidationOptions: readonly {
    readonly DomainName: string;
    readonly ValidationMethod: string;
    readonly ValidationStatus: string;
    readonly ResourceRecord: { readonly Name: string; readonly Type: string; readonly Value: string };
  }[];
}
const described = async (CertificateArn: string): Promise<Described> =>
  (await acm().call("describe_certificate", { CertificateArn })).Certificate as Described;
const progressOf = async (CertificateArn: string) => {
  const { entity } = await gateway.config.get({
    kind: "CertificateRequest",
    id: CertificateArn.split("/")[1] ?? "",
  });
  return (JSON.parse(entity?.specJson ?? "{}") as { progress?: { failure?: { message: string } } }).progress;
};
/** Asks for a certificate anew, with another key: its first attempt is not waited for. */
const request = async (params: object): Promise<string> =>
  (await acm().call("request_certificate", { KeyAlgorithm: "EC_prime256v1", ...params }))
    .CertificateArn as string;
/** Creates the records that a certificate asks for, as its user does. */
async function createRecords(CertificateArn: string): Promise<void> {
  const { DomainValidationOptions: options } = await described(CertificateArn);
  const records = new Map(options.map(({ ResourceRecord: record }) => [record.Name, record]));
  for (const { Name, Type, Value } of records.values()) await dns.set(Name, Type, Value);
}
const issued = (CertificateArn: string) =>
  until(`${CertificateArn} to be issued`, async () => {
    const failure = (await progressOf(CertificateArn))?.failure;
    if (failure) throw new Error(failure.message);
    return (await described(CertificateArn)).Status === "ISSUED";
  });

it("a wildcard and its domain are proved by one record, which their owner creates", async () => {
  const names = ["shop.example.com", "*.shop.example.com"];
  const first = await request({ DomainName: names[1], SubjectAlternativeNames: [names[0]] });
  await until("the record is missed", async () => (await progressOf(first))?.failure !== undefined);
  const { Status, DomainValidationOptions } = await described(first);
  expect(Status).toBe("PENDING_VALIDATION");
  const value = expect.stringMatching(/^_[0-9a-f]{32}\.example\.com\.$/) as string;
  expect(DomainValidationOptions).toMatchObject(
    names.toReversed().map((DomainName) => ({
      DomainName,
      ValidationMethod: "DNS",
      ValidationStatus: "PENDING_VALIDATION",
      ResourceRecord: { Name: "_acme-challenge.shop.example.com.", Type: "CNAME", Value: value },
    })),
  );
  const target = DomainValidationOptions[0]?.ResourceRecord.Value.slice(0, -1) as string;
  expect((await progressOf(first))?.failure?.message).toBe(
    `there is no record: create _acme-challenge.shop.example.com CNAME ${target}`,
  );
  await createRecords(first);
  // The next attempt for the first one comes in a minute: the record is the same for all requests of the account.
  const second = await request({ DomainName: names[1], SubjectAlternativeNames: [names[0]] });
  await issued(second);
  const { Certificate } = await acm().call("get_certificate", { CertificateArn: second });
  expect(new X509Certificate(Certificate).subjectAltName?.split(", ").sort()).toEqual([
    "DNS:*.shop.example.com",
    "DNS:shop.example.com",
  ]);
  expect((await described(second)).DomainValidationOptions).toMatchObject(
    DomainValidationOptions.map(({ ResourceRecord }) => ({ ResourceRecord, ValidationStatus: "SUCCESS" })),
  );
  await until("nothing is left in the zone", async () => (await dns.texts(target)).length === 0);
});

it("a name is proved by DNS where ValidationMethod asks for it, and a record that leads elsewhere is named", async () => {
  const DomainName = "api.example.com";
  await dns.set("_acme-challenge.api", "CNAME", "elsewhere.example.com.");
  const first = await request({ DomainName, ValidationMethod: "DNS" });
  await until("the record is refused", async () => (await progressOf(first))?.failure !== undefined);
  expect((await progressOf(first))?.failure?.message).toMatch(
    /^the CNAME record of _acme-challenge\.api\.example\.com leads to elsewhere\.example\.com, and must lead to _[0-9a-f]{32}\.example\.com$/,
  );
  expect(
    await acm().refused("request_certificate", { DomainName, ValidationMethod: "PIGEON" }),
  ).toMatchObject({
    code: "ValidationException",
  });
});

it("tollgate domain check says which record is missing, or forbids the authority, as a name server has them", async () => {
  const domain = "check.example.com";
  const spec = { names: [domain, `*.${domain}`], authority: "ACME", validation: "DNS" };
  await gateway.apply([
    { kind: "CertificateRequest", id: "checked", spec },
    { kind: "DomainName", id: domain, spec: { regionalCertificateArn: "checked" } },
  ]);
  const check = async () => {
    const { exitCode, stderr } = await tollgate(
      [
        "domain",
        "check",
        domain,
        "--dns",
        `127.0.0.1:${dns.port}`,
        "--target",
        "ns.example.com",
        "--authority",
        "pebble.example",
      ],
      { TOLLGATE_ENDPOINT: `127.0.0.1:${gateway.grpcPort}` },
    );
    return { exitCode, stderr };
  };
  const record = /add _acme-challenge\.check\.example\.com\. CNAME (_[0-9a-f]{32})\./;
  const missing = await check();
  expect(missing.exitCode).not.toBe(0);
  expect(missing.stderr).toMatch(
    /check\.example\.com: the record is missing: add check\.example\.com\. CNAME ns\.example\.com\./,
  );
  const [, hash = ""] = record.exec(missing.stderr) ?? [];
  await dns.set("check", "A", "127.0.0.1");
  await dns.set("_acme-challenge.check", "CNAME", `${hash}.example.com.`);
  await dns.set("check", "CAA", '0 issue "other.example"');
  const forbidden = await check();
  expect(forbidden.stderr).not.toMatch(/missing/);
  expect(forbidden.stderr).toMatch(
    /the CAA records of check\.example\.com\. allow other\.example alone .* and not pebble\.example/,
  );
  await dns.set("check", "CAA", '0 issue "pebble.example"');
  await until("the name server has what was set", async () => (await check()).exitCode === 0);
});
