import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const API = "stockprice";
const definition = fileURLToPath(new URL("stock.openapi.yaml", import.meta.url));
const envelopes: { action: string | undefined; type: string | undefined; xml: string }[] = [];

const element = (xml: string, name: string) => new RegExp(`<m:${name}>([^<]*)</m:${name}>`).exec(xml)?.[1];
const envelope = (body: string) =>
  `<?xml version="1.0"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="urn:stock">\n<soap:Body>${body}</soap:Body></soap:Envelope>`;

const service = useUpstream(async (request, response) => {
  const xml = String(await readBody(request));
  envelopes.push({
    action: request.headers.soapaction as string,
    type: request.headers["content-type"],
    xml,
  });
  const symbol = element(xml, "Symbol");
  response.setHeader("content-type", "text/xml");
  if (symbol !== "IBM") {
    response.statusCode = 500;
    response.end(
      envelope(
        `<soap:Fault><faultcode>soap:Client</faultcode><faultstring>no stock ${symbol}</faultstring></soap:Fault>`,
      ),
    );
  } else
    response.end(
      envelope(
        `<m:Answer><m:Symbol>IBM</m:Symbol>\n<m:Price>34.50</m:Price><m:Currency>${element(xml, "Currency") ?? "USD"}</m:Currency></m:Answer>`,
      ),
    );
});
const gateway = useGateway();
beforeAll(async () => {
  const imported = await tollgate(["import", definition, "--api", API], gateway.cliEnv);
  expect(imported.exitCode, imported.stderr).toBe(0);
  const { deployment } = await gateway.deployments.createDeployment({ apiId: API });
  const { revision } = await gateway.apply([
    {
      kind: "Stage",
      apiId: API,
      id: "prod",
      spec: { deploymentId: deployment?.id, variables: { backend: service.origin } },
    },
  ]);
  await gateway.wait(revision);
});

const ask = (question: unknown) =>
  gateway.invoke(API, "/price", {
    method: "POST",
    body: JSON.stringify(question),
    headers: { "Content-Type": "application/json" },
  });

describe("JSON in front of SOAP", () => {
  it("calls in XML and responds in JSON", async () => {
    const reply = await ask({ symbol: "IBM", currency: "EUR" });
    expect([reply.status, JSON.parse(reply.body)]).toEqual([
      200,
      { symbol: "IBM", price: 34.5, currency: "EUR" },
    ]);
    const sent = envelopes.at(-1);
    expect(sent).toMatchObject({ action: "urn:stock#GetPrice", type: "text/xml; charset=utf-8" });
    expect(sent?.xml.startsWith("<?xml")).toBe(true);
    expect(sent?.xml).toContain("<m:Symbol>IBM</m:Symbol>");
  });

  it("leaves out what is not requested", async () => {
    await ask({ symbol: "IBM" });
    expect(envelopes.at(-1)?.xml).not.toContain("Currency");
  });

  it("turns a fault into 404 with its message", async () => {
    const reply = await ask({ symbol: "NONE" });
    expect([reply.status, JSON.parse(reply.body)]).toEqual([404, { message: "no stock NONE" }]);
  });

  it("refuses what the model does not allow", async () => {
    const before = envelopes.length;
    const reply = await ask({ symbol: "<x/>" });
    expect([reply.status, reply.body]).toEqual([400, '{"message":"Invalid request body"}']);
    expect(envelopes).toHaveLength(before);
  });
});
