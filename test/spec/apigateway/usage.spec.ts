import { beforeAll, describe, expect, it } from "vitest";
import { dayLasts } from "../../kit/day.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { applied, createMockApi, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);

beforeAll(dayLasts);

const date = (daysAgo = 0) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

/** A plan with a key, and calls with it. */
async function planned(quota: object | undefined) {
  const { restApiId, method } = await createMockApi(boto);
  await boto.call("update_method", {
    ...method,
    patchOperations: [patchOf("replace", "/apiKeyRequired", "true")],
  });
  await boto.call("create_deployment", { restApiId, stageName: "prod" });
  const { id: usagePlanId } = await boto.call("create_usage_plan", {
    name: "plan",
    apiStages: [{ apiId: restApiId, stage: "prod" }],
    ...(quota ? { quota } : {}),
  });
  const { id: keyId, value } = await boto.call("create_api_key", { name: "key", enabled: true });
  await boto.call("create_usage_plan_key", { usagePlanId, keyId, keyType: "API_KEY" });
  await applied(gateway);
  const call = async () =>
    (await gateway.invoke(restApiId, "/hello", { headers: { "x-api-key": value } })).status;
  await expect.poll(call).not.toBe(403);
  const today = { usagePlanId, startDate: date(), endDate: date() };
  const usage = async (more: object = {}) =>
    (await boto.call("get_usage", { ...today, ...more })).items ?? {};
  return { restApiId, usagePlanId, keyId, call, usage };
}

describe("GetUsage", () => {
  it("returns the used and remaining quota of each key by day", async () => {
    embeddedOnly("each node counts for itself");
    const { usagePlanId, keyId, call, usage } = await planned({ limit: 3, period: "DAY" });
    // The first call was made while waiting for the key.
    expect([await call(), await call(), await call(), await call()]).toEqual([200, 200, 429, 429]);
    await expect.poll(() => usage()).toEqual({ [keyId]: [[3, 0]] });
    expect(await usage({ startDate: date(2), keyId })).toEqual({
      [keyId]: [
        [0, 3],
        [0, 3],
        [3, 0],
      ],
    });
    const answer = await boto.call("get_usage", { usagePlanId, startDate: date(), endDate: date(), keyId });
    expect(answer).toMatchObject({ usagePlanId, startDate: date(), endDate: date() });
  });

  it("without a quota nothing runs out", async () => {
    const { keyId, usage } = await planned(undefined);
    await expect.poll(() => usage()).toEqual({ [keyId]: [[1, -1]] });
  });

  it("is of no call on days that are far from any", async () => {
    const { id: usagePlanId } = await boto.call("create_usage_plan", {
      name: "far",
      quota: { limit: 3, period: "WEEK" },
    });
    for (const day of ["0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31"]) {
      const asked = { usagePlanId, startDate: day, endDate: day };
      expect((await boto.call("get_usage", asked)).items ?? {}, day).toEqual({});
    }
  });

  it.each([
    [{ startDate: "2026-02-30" }, "Invalid startDate '2026-02-30' specified: must be a date"],
    [
      { startDate: "yesterday" },
      "Invalid startDate 'yesterday' specified: must be a date, such as 2026-11-21",
    ],
    [{ startDate: "2026-02-02", endDate: "2026-02-01" }, "endDate must not be before startDate"],
    [{ startDate: "2020-01-01" }, "it must not exceed 366 days"],
    [{ keyId: "nothere" }, "Invalid API Key identifier specified"],
    [{ usagePlanId: "nothere" }, "Invalid Usage Plan ID specified"],
  ])("%o is refused", async (more, message) => {
    const { id } = await boto.call("create_usage_plan", { name: "empty" });
    const asked = { usagePlanId: id, startDate: date(), endDate: date(), ...more };
    expect((await boto.refused("get_usage", asked)).message).toContain(message);
  });
});

describe("UpdateUsage", () => {
  it("sets what is left for the rest of the period", async () => {
    embeddedOnly("each node counts for itself");
    const { usagePlanId, keyId, call, usage } = await planned({ limit: 1, period: "MONTH" });
    expect(await call()).toBe(429);
    await expect.poll(() => usage()).toEqual({ [keyId]: [[1, 0]] });
    const grant = (value: string) =>
      boto.call("update_usage", {
        usagePlanId,
        keyId,
        patchOperations: [patchOf("replace", "/remaining", value)],
      });
    expect((await grant("2")).items).toEqual({ [keyId]: [[1, 2]] });
    await applied(gateway);
    await expect.poll(call).toBe(200);
    expect([await call(), await call()]).toEqual([200, 429]);
    await expect.poll(() => usage()).toEqual({ [keyId]: [[3, 0]] });
    await grant("0");
    await grant("1");
    await applied(gateway);
    await expect.poll(call).toBe(200);
    expect(await call()).toBe(429);
  });

  it.each([
    [
      [patchOf("replace", "/remaining", "-1")],
      "Invalid remaining '-1' specified: must be a whole number, at least 0",
    ],
    [[patchOf("replace", "/remaining", "many")], "Invalid value 'many': must be a number"],
    [[patchOf("add", "/remaining", "1")], "Please choose supported operations"],
    [[patchOf("replace", "/used", "1")], "Must be one of: [/remaining]"],
  ])("%j is refused", async (patchOperations, message) => {
    const { usagePlanId, keyId } = await planned({ limit: 5, period: "DAY" });
    expect((await boto.refused("update_usage", { usagePlanId, keyId, patchOperations })).message).toContain(
      message,
    );
  });
});
