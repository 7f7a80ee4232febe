import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { dayLasts } from "../../kit/day.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { tokenAuthorizer } from "../../kit/functions.ts";
import { startGateway } from "../../kit/gateway.ts";
import { until } from "../../kit/process.ts";
import { lambda, mock } from "../../kit/rest-api.ts";
import { readBody, startHttpUpstream } from "../../kit/upstream.ts";
import { useGateway } from "../../kit/use.ts";

// Two workers: what they count they count together.
const gateway = useGateway({ functions: ["authorizer", "shapes"], env: { TOLLGATE_WORKERS: "2" } });

const keyed = (method: object) => ({ ...method, apiKeyRequired: true });
const METHODS = {
  "GET /a": keyed(mock("$context.identity.apiKeyId|$context.identity.apiKey")),
  "GET /b": keyed(mock("b")),
  "GET /open": mock("open"),
  "POST /event": keyed(lambda("shapes")),
};
let made = 0;

/** An API, a plan of its stage and a key of the plan. */
async function planned({
  plan = {},
  key = {},
  stage = {},
  apiStage = {},
}: {
  plan?: object;
  key?: object;
  stage?: object;
  apiStage?: object;
} = {}) {
  const api = await gateway.deploy(METHODS, { stage });
  const id = `n${++made}`;
  const value = `value-of-the-key-number-${String(made).padStart(4, "0")}`;
  const put = async (changed: { plan?: object; key?: object } = {}) => {
    const { revision } = await gateway.apply([
      {
        kind: "UsagePlan",
        id,
        spec: { name: id, apiStages: [{ apiId: api, stage: "prod", ...apiStage }], ...plan, ...changed.plan },
      },
      { kind: "ApiKey", id, spec: { enabled: true, value, usagePlanIds: [id], ...key, ...changed.key } },
    ]);
    await gateway.wait(revision);
  };
  await put();
  const call = (path: string, given: string | undefined = value, name = "x-api-key") =>
    gateway.invoke(api, path, { headers: given === "" ? {} : { [name]: given } });
  /** How many of a number of simultaneous calls were allowed; the others must all have the same response. */
  const admitted = async (path: string, calls: number, refusal: string) => {
    const replies = await Promise.all(Array.from({ length: calls }, () => call(path)));
    for (const { status, body, headers } of replies)
      if (status !== 200) {
        expect([status, body]).toEqual([429, `{"message":"${refusal}"}`]);
        expect(headers["retry-after"]).toMatch(/^[1-9]\d*$/);
        expect(Object.keys(headers).filter((name) => name.includes("ratelimit"))).toEqual([]);
      }
    return replies.filter(({ status }) => status === 200).length;
  };
  return { api, id, value, put, call, admitted };
}

const FORBIDDEN = [403, '{"message":"Forbidden"}', "ForbiddenException"];

describe("API keys (rest §11)", () => {
  it("a key of a plan that contains the stage is accepted, whatever the case of its header's name", async () => {
    const { id, value, call } = await planned();
    expect((await call("/a")).body).toBe(`${id}|${value}`);
    expect((await call("/a", value, "X-API-Key")).status).toBe(200);
  });

  it.each([
    { what: "no key", given: "" },
    { what: "a key that is not known", given: "nobody-has-this-value-at-all" },
    { what: "a key that is disabled", key: { enabled: false } },
    { what: "a key in no plan", key: { usagePlanIds: [] } },
    { what: "a key whose plan has another stage only", plan: { apiStages: [] } },
  ])("$what: 403 Forbidden", async ({ given, key = {}, plan = {} }) => {
    const { call } = await planned({ key, plan });
    const reply = await call("/a", given);
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual(FORBIDDEN);
  });

  it("a method that does not require a key neither checks nor counts it", async () => {
    embeddedOnly("each node counts for itself");
    const { call, admitted } = await planned({ plan: { quota: { limit: 2, period: "DAY" } } });
    for (const given of ["", "nobody-has-this-value-at-all", undefined])
      expect((await call("/open", given)).status).toBe(200);
    expect(await admitted("/a", 4, "Limit Exceeded")).toBe(2);
  });

  it("apiKey and apiKeyId are in the proxy event", async () => {
    const { api, id, value } = await planned();
    const reply = await gateway.invoke(api, "/event", { method: "POST", headers: { "x-api-key": value } });
    const { requestContext } = JSON.parse(reply.body) as { requestContext: { identity: object } };
    expect(requestContext.identity).toMatchObject({ apiKey: value, apiKeyId: id });
  });

  it("changes of a key or a plan take effect at once, without a deployment", async () => {
    const { put, call } = await planned();
    const status = async () => (await call("/a")).status;
    expect(await status()).toBe(200);
    await put({ key: { enabled: false } });
    expect(await status()).toBe(403);
    await put();
    expect(await status()).toBe(200);
    await put({ plan: { apiStages: [] } });
    expect(await status()).toBe(403);
  });

  it("the keys of a customer are refused as soon as it is suspended, and others are sent that it is", async () => {
    const { id, call } = await planned();
    const secret = `whsec_${id.padEnd(16, "x")}`;
    const received: { readonly signature: string; readonly body: string }[] = [];
    await using erp = await startHttpUpstream(async (request, response) => {
      const body = (await readBody(request)).toString();
      received.push({ signature: `${request.headers["tollgate-signature"]}`, body });
      response.end();
    });
    await gateway.apply([
      {
        kind: "NotificationTarget",
        id: `t-${id}`,
        spec: { webhook: { url: `${erp.origin}/hook`, secret }, events: ["customer.suspended"] },
      },
    ]);
    const status = async () => (await call("/a")).status;
    const pay = async (payment: string) => {
      const spec = { name: id, apiKeyIds: [id], payment };
      const { revision } = await gateway.apply([{ kind: "Customer", id: `c-${id}`, spec }]);
      await gateway.wait(revision);
    };
    expect(await status()).toBe(200);
    await pay("SUSPENDED");
    expect(await status()).toBe(403);
    const own = () =>
      received.find(({ body }) => (JSON.parse(body) as { subject: string }).subject === `c-${id}`);
    const { signature, body } = await until("the event is sent", own);
    const [, seconds = "", digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(digest).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
    expect(JSON.parse(body)).toMatchObject({
      type: "customer.suspended",
      data: { customer: { id: `c-${id}`, payment: "SUSPENDED" } },
    });
    await pay("OVERDUE");
    expect(await status()).toBe(200);
  });

  it("what a receiver refuses for good is given up, and an operator sends it again or accepts that", async () => {
    const { id } = await planned();
    let attempts = 0;
    await using gone = await startHttpUpstream(async (request, response) => {
      await readBody(request);
      attempts++;
      response.writeHead(410).end();
    });
    await gateway.apply([
      {
        kind: "NotificationTarget",
        id,
        spec: {
          webhook: { url: gone.origin, secret: `whsec_${id.padEnd(16, "x")}` },
          // One event: of customers that other tests made, there are others.
          events: ["customer.created"],
        },
      },
    ]);
    await gateway.apply([{ kind: "Customer", id, spec: { name: id, apiKeyIds: [id] } }]);
    const billing = async (...args: readonly string[]) =>
      (await tollgate(["billing", ...args], gateway.cliEnv)).stdout;
    const dead = async () =>
      (await billing("events", "--state", "dead")).split("\n").filter((line) => line.includes(` ${id} `));
    await until("the event is sent", () => attempts === 1);
    const [row] = await until("the event is given up", async () => {
      const rows = await dead();
      return rows.length > 0 ? rows : undefined;
    });
    expect(row).toMatch(/customer\.created .* dead +1 +.*410/);
    expect(await billing("resend", "--target", id)).toBe(`1 event is sent again to ${id}\n`);
    await until("the event is sent again", () => attempts === 2);
    await until("it is given up again", async () => (await dead()).length === 1);
    expect(await billing("accept", "--target", id, "--reason", "entered by hand")).toBe(
      "accepted: 1 given up\n",
    );
    expect(await dead()).toEqual([]);
    const shown = JSON.parse(await billing("events", "--state", "accepted", "-o", "json")) as {
      deliveries: { target: string; acts: { action: string; reason: string }[] }[];
    }[];
    const delivery = shown.flatMap(({ deliveries }) => deliveries).find(({ target }) => target === id);
    expect(delivery?.acts.map(({ action, reason }) => [action, reason])).toEqual([
      ["resent", ""],
      ["accepted", "entered by hand"],
    ]);
  });

  it("a subscription that has reached its spend limit is refused, until the limit is raised", async () => {
    const { id, call } = await planned();
    const status = async () => (await call("/a")).status;
    const price = { id: "base", model: "FEE", amount: "10.00" };
    const limited = (amount: string) => ({
      kind: "Subscription",
      id: `s-${id}`,
      spec: {
        customerId: `c-${id}`,
        productId: `p-${id}`,
        startAt: "2026-01-01",
        spendLimit: { amount, onLimit: "SUSPEND" },
      },
    });
    await gateway.apply([
      { kind: "Customer", id: `c-${id}`, spec: { name: id, apiKeyIds: [id] } },
      {
        kind: "PricePlan",
        id: `p-${id}`,
        spec: { currency: "EUR", versions: [{ from: "2026-01-01", prices: [price] }] },
      },
      { kind: "Product", id: `p-${id}`, spec: { name: id, usagePlanIds: [id], pricePlanId: `p-${id}` } },
      limited("10.01"),
    ]);
    expect(await status()).toBe(200);
    await gateway.apply([limited("10.00")]);
    await until("its calls are refused", async () => (await status()) === 403);
    await gateway.apply([limited("10.01")]);
    await until("its calls are served again", async () => (await status()) === 200);
  });

  it("with source AUTHORIZER the key is what the authorizer says; the header is ignored", async () => {
    const { value, id } = await planned();
    const api = await gateway.deploy(
      { "GET /a": { ...keyed(mock("in")), authorizationType: "CUSTOM", authorizerId: "auth" } },
      {
        api: { apiKeySource: "AUTHORIZER" },
        definitions: [tokenAuthorizer("auth")],
      },
    );
    const { revision } = await gateway.apply([
      { kind: "UsagePlan", id, spec: { name: id, apiStages: [{ apiId: api, stage: "prod" }] } },
    ]);
    await gateway.wait(revision);
    const call = async (token: string, headers = {}) =>
      (await gateway.invoke(api, "/a", { headers: { Authorization: token, ...headers } })).status;
    expect(await call(`key ${value}`)).toBe(200);
    expect(await call("allow", { "x-api-key": value })).toBe(403);
    expect(await call("key nobody-has-this-value-at-all")).toBe(403);
  });

  it("values are shown on request; one that was left out is generated, and kept", async () => {
    const created = await gateway.apply([{ kind: "ApiKey", id: "made", spec: { enabled: true } }]);
    const { value } = JSON.parse(created.changes[0]?.entity?.specJson ?? "") as { value: string };
    expect(value).toMatch(/^[A-Za-z0-9]{40}$/);
    const get = async (includeSecrets: boolean) =>
      (await gateway.config.get({ kind: "ApiKey", id: "made", includeSecrets })).entity?.specJson;
    expect(await get(false)).not.toContain("value");
    expect(await get(true)).toContain(value);
    const again = await gateway.apply([{ kind: "ApiKey", id: "made", spec: { enabled: false } }]);
    expect(again.changes[0]?.entity?.specJson).not.toContain("value");
    expect(await get(true)).toContain(value);
  });

  it.each([
    { spec: { value: "short" }, problem: /should be at least 20 characters/ },
    { spec: { value: "x".repeat(129) }, problem: /exceeds maximum size of 128/ },
    { spec: { usagePlanIds: ["none"] }, problem: /there is no UsagePlan 'none'/ },
  ])("$problem is refused", async ({ spec, problem }) => {
    await expect(gateway.apply([{ kind: "ApiKey", id: "wrong", spec }])).rejects.toThrow(problem);
  });

  it("a value that another key has, and two plans for one stage, are refused", async () => {
    const { api, id, value } = await planned();
    await expect(gateway.apply([{ kind: "ApiKey", id: "twin", spec: { value } }])).rejects.toThrow(
      /has the same value already/,
    );
    const second = {
      kind: "UsagePlan",
      id: `${id}b`,
      spec: { name: "b", apiStages: [{ apiId: api, stage: "prod" }] },
    };
    await expect(
      gateway.apply([second, { kind: "ApiKey", id: "both", spec: { usagePlanIds: [id, `${id}b`] } }]),
    ).rejects.toThrow(/both contain the stage/);
    await expect(gateway.config.delete({ kind: "Stage", apiId: api, id: "prod" })).rejects.toThrow(
      /UsagePlan/,
    );
  });
});

describe("throttles (rest §11)", () => {
  it("of the plan, for each key: 429 Too Many Requests, exactly", async () => {
    embeddedOnly("each node counts for itself");
    const { admitted, call } = await planned({ plan: { throttle: { rateLimit: 0.001, burstLimit: 5 } } });
    expect(await admitted("/a", 20, "Too Many Requests")).toBe(5);
    expect((await call("/b")).headers["x-amzn-errortype"]).toBe("TooManyRequestsException");
  });

  it("of a key's method come before those of the plan, and leave other methods alone", async () => {
    embeddedOnly("each node counts for itself");
    const { admitted } = await planned({
      plan: { throttle: { rateLimit: 0.001, burstLimit: 7 } },
      apiStage: { throttle: { "/a/GET": { rateLimit: 0.001, burstLimit: 3 } } },
    });
    expect(await admitted("/a", 10, "Too Many Requests")).toBe(3);
    // What the method refused took nothing of the plan's.
    expect(await admitted("/b", 10, "Too Many Requests")).toBe(4);
  });

  it("another key has its own tokens", async () => {
    embeddedOnly("each node counts for itself");
    const { id, admitted, api } = await planned({ plan: { throttle: { rateLimit: 0.001, burstLimit: 2 } } });
    expect(await admitted("/a", 4, "Too Many Requests")).toBe(2);
    const value = "the-second-key-of-this-plan";
    const { revision } = await gateway.apply([
      { kind: "ApiKey", id: `${id}x`, spec: { enabled: true, value, usagePlanIds: [id] } },
    ]);
    await gateway.wait(revision);
    expect((await gateway.invoke(api, "/a", { headers: { "x-api-key": value } })).status).toBe(200);
  });

  it("of a method come from its stage's settings, apply to all callers together, and take effect at once", async () => {
    embeddedOnly("each node counts for itself");
    const api = await gateway.deploy(
      { "GET /slow": mock("s"), "GET /fast": mock("f") },
      {
        stage: {
          methodSettings: {
            "slow/GET": { throttlingRateLimit: 0.001, throttlingBurstLimit: 4 },
            "*/*": { throttlingRateLimit: -1, throttlingBurstLimit: -1 },
          },
        },
      },
    );
    const statuses = async (path: string, calls = 10) =>
      (await Promise.all(Array.from({ length: calls }, () => gateway.invoke(api, path)))).map(
        ({ status }) => status,
      );
    expect((await statuses("/slow")).filter((status) => status === 200).length).toBe(4);
    expect(new Set(await statuses("/fast"))).toEqual(new Set([200]));
  });

  it("of */* apply to each method separately", async () => {
    embeddedOnly("each node counts for itself");
    const api = await gateway.deploy(
      { "GET /x": mock("x"), "GET /y": mock("y") },
      { stage: { methodSettings: { "*/*": { throttlingRateLimit: 0.001, throttlingBurstLimit: 2 } } } },
    );
    for (const path of ["/x", "/y"]) {
      const replies = await Promise.all(Array.from({ length: 6 }, () => gateway.invoke(api, path)));
      expect(replies.filter(({ status }) => status === 200).length).toBe(2);
    }
  });

  it("the rate allows calls again", async () => {
    const { admitted, call } = await planned({ plan: { throttle: { rateLimit: 2, burstLimit: 1 } } });
    expect(await admitted("/a", 8, "Too Many Requests")).toBeLessThan(8);
    await expect.poll(async () => (await call("/a")).status, { interval: 25 }).toBe(200);
  });
});

describe("throttles of all", () => {
  it("the account's, then the region's, in AWS's order", async () => {
    embeddedOnly("it starts an embedded gateway of its own");
    await using other = await startGateway({ TOLLGATE_THROTTLE_RATE: "1", TOLLGATE_THROTTLE_BURST: "6" });
    const api = await other.deploy({ "GET /a": mock("a") });
    const admitted = async (calls: number) =>
      (await Promise.all(Array.from({ length: calls }, () => other.invoke(api, "/a")))).filter(
        ({ status }) => status === 200,
      ).length;
    const { revision } = await other.apply([
      { kind: "Account", id: "account", spec: { throttleSettings: { rateLimit: 0.001, burstLimit: 2 } } },
    ]);
    await other.wait(revision);
    // The account allows two; the calls that it refused took no tokens of the region's six.
    expect(await admitted(10)).toBe(2);
    const lifted = await other.apply([{ kind: "Account", id: "account", spec: {} }]);
    await other.wait(lifted.revision);
    const left = await admitted(10);
    expect(left).toBeGreaterThanOrEqual(4);
    expect(left).toBeLessThan(10);
  });
});

describe("quotas (rest §11)", () => {
  beforeAll(dayLasts);

  it.each(["DAY", "WEEK", "MONTH"])("a %s's calls, exactly: 429 Limit Exceeded", async (period) => {
    embeddedOnly("each node counts for itself");
    const { admitted, call } = await planned({ plan: { quota: { limit: 5, period } } });
    expect(await admitted("/a", 12, "Limit Exceeded")).toBe(5);
    expect((await call("/b")).headers["x-amzn-errortype"]).toBe("LimitExceededException");
  });

  it("the offset reduces the first period", async () => {
    embeddedOnly("each node counts for itself");
    const { admitted } = await planned({ plan: { quota: { limit: 5, period: "DAY", offset: 3 } } });
    expect(await admitted("/a", 5, "Limit Exceeded")).toBe(2);
  });

  it("what the plan's throttle refuses is not counted; what the stage's refuses is", async () => {
    embeddedOnly("each node counts for itself");
    const throttled = await planned({
      plan: { quota: { limit: 4, period: "DAY" }, throttle: { rateLimit: 0.001, burstLimit: 2 } },
    });
    expect(await throttled.admitted("/a", 10, "Too Many Requests")).toBe(2);
    await throttled.put({ plan: { throttle: undefined } });
    expect(await throttled.admitted("/a", 10, "Limit Exceeded")).toBe(2);

    const settings = { methodSettings: { "a/GET": { throttlingRateLimit: 0.001, throttlingBurstLimit: 0 } } };
    const { admitted } = await planned({ plan: { quota: { limit: 4, period: "DAY" } }, stage: settings });
    expect(await admitted("/a", 3, "Too Many Requests")).toBe(0);
    expect(await admitted("/b", 4, "Limit Exceeded")).toBe(1);
  });

  it("a raised limit takes effect at once", async () => {
    embeddedOnly("each node counts for itself");
    const { admitted, put } = await planned({ plan: { quota: { limit: 2, period: "DAY" } } });
    expect(await admitted("/a", 4, "Limit Exceeded")).toBe(2);
    await put({ plan: { quota: { limit: 3, period: "DAY" } } });
    expect(await admitted("/a", 4, "Limit Exceeded")).toBe(1);
  });

  it.each([
    { plan: { quota: { limit: 0, period: "DAY" } }, problem: /quota\.limit/ },
    { plan: { quota: { limit: 1, period: "HOUR" } }, problem: /quota\.period/ },
    { plan: { quota: { limit: 1, period: "DAY", offset: 2 } }, problem: /must not exceed the limit/ },
    { plan: { throttle: { rateLimit: 1 } }, problem: /throttle\.burstLimit/ },
    { plan: { apiStages: [{ apiId: "nonesuch00", stage: "prod" }] }, problem: /there is no Stage 'prod'/ },
    { apiStage: { throttle: { "a/GET": { rateLimit: 1, burstLimit: 1 } } }, problem: /resource path/ },
  ])("$problem is refused", async ({ plan = {}, apiStage = {}, problem }) => {
    await expect(planned({ plan, apiStage })).rejects.toThrow(problem);
  });
});
