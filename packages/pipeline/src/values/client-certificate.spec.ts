import { describe, expect, it } from "vitest";
import type { TlsSession } from "../call/tls-session.ts";
import { callOf, FUNCTION_URI, httpRoute, lambda, restRoute } from "../kit/index.ts";

const tls: TlsSession = {
  serverName: "api123.execute-api.example",
  domainName: "api123.execute-api.example",
  domainOwner: "000000000000",
  version: "TLSv1.3",
  cipherSuite: "TLS_AES_128_GCM_SHA256",
  clientCertificate: {
    clientCertPem: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    subjectDN: "CN=shop,O=Example",
    issuerDN: "CN=Root",
    serialNumber: "0a:1b",
    validity: { notBefore: "May 28 12:30:02 2019 GMT", notAfter: "Aug  5 09:36:04 2031 GMT" },
  },
};
const LOGGED = "subjectDN issuerDN serialNumber validity.notBefore validity.notAfter"
  .split(" ")
  .map((name) => `$context.identity.clientCert.${name}`)
  .join("|");

const event = { last: undefined as unknown };
const upstream = lambda((given: unknown) => {
  event.last = given;
  return { statusCode: 200, body: "" };
});
const lines: string[] = [];
const ports = { logs: { open: () => (_unixMs: number, line: string) => void lines.push(line) } };

describe("the certificate that a caller showed", () => {
  it("is in the events of a REST API, in templates and in the access log with what TLS agreed on", async () => {
    const integration = { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI };
    const format = `${LOGGED}|$context.tlsVersion|$context.cipherSuite|$context.requestId`;
    const stage = { accessLogSettings: { format } };
    const route = restRoute("GET /pets", { integration }, { stage });
    await callOf(route, { path: "/pets", tls }, { upstream, ports });
    expect(event.last).toMatchObject({ requestContext: { identity: { clientCert: tls.clientCertificate } } });
    expect(lines.at(-1)).toMatch(
      /^CN=shop,O=Example\|CN=Root\|0a:1b\|May 28 12:30:02 2019 GMT\|Aug {2}5 09:36:04 2031 GMT\|TLSv1.3\|TLS_AES_128_GCM_SHA256\|/,
    );
    await callOf(route, { path: "/pets" }, { upstream, ports });
    expect(JSON.stringify(event.last)).not.toContain("clientCert");
    expect(lines.at(-1)).toMatch(/^(-\|){7}[0-9a-f]/);
  });

  it("is $context.identity.clientCert of a template, and its parts are values of mappings", async () => {
    const template =
      '#set($c = $context.identity.clientCert){"subject": "$c.subjectDN", "until": "$c.validity.notAfter", "none": "$c.none"}';
    const integration = {
      type: "HTTP",
      httpMethod: "POST",
      uri: "http://pets.example",
      requestTemplates: { "application/json": template },
      requestParameters: {
        "integration.request.header.X-Serial": "context.identity.clientCert.serialNumber",
      },
      integrationResponses: { "200": {} },
    };
    const { sent } = await callOf(restRoute("GET /pets", { integration }), { path: "/pets", tls });
    expect(JSON.parse(String(sent[0]?.body))).toEqual({
      subject: "CN=shop,O=Example",
      until: "Aug  5 09:36:04 2031 GMT",
      none: "",
    });
    expect(sent[0]?.headers).toMatchObject({ "x-serial": "0a:1b" });
  });

  it.each([
    ["2.0", { authentication: { clientCert: tls.clientCertificate } }],
    ["1.0", { identity: { clientCert: tls.clientCertificate } }],
  ])("is in events %s of an HTTP API", async (payloadFormatVersion, requestContext) => {
    const route = httpRoute(
      "GET /pets",
      {
        integrationType: "AWS_PROXY",
        integrationUri: FUNCTION_URI,
        integrationMethod: "POST",
        payloadFormatVersion,
      },
      { stage: { accessLogSettings: { format: `${LOGGED}|$context.requestId` } } },
    );
    await callOf(route, { path: "/pets", tls }, { upstream, ports });
    expect(event.last).toMatchObject({ requestContext });
    expect(lines.at(-1)).toMatch(/^CN=shop,O=Example\|CN=Root\|0a:1b\|/);
    await callOf(route, { path: "/pets" }, { upstream, ports });
    expect(JSON.stringify(event.last)).not.toContain("clientCert");
  });
});
