import { describe, expect, it } from "vitest";
import type { SamplingRuleConfig } from "@tollgate/config";
import { NOT_SAMPLED, type TraceHeader, type TraceSampling } from "@tollgate/telemetry";
import type { Call } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { compileSampler, rulesFor } from "./sampler.ts";

const rule = (name: string, members: Partial<SamplingRuleConfig> = {}): SamplingRuleConfig => ({
  name,
  priority: 100,
  reservoirSize: 0,
  fixedRate: 1,
  serviceName: "*",
  serviceType: "*",
  resourceArn: "*",
  host: "*",
  httpMethod: "*",
  urlPath: "*",
  attributes: {},
  ...members,
});
const contextWith = (...samplingRules: SamplingRuleConfig[]) =>
  ({
    apiId: "a1",
    apiName: "pets",
    stageName: "live",
    region: "eu-west-1",
    protocol: "REST",
    samplingRules,
  }) as unknown as RouteContext;
const call = (members: object = {}) =>
  ({
    host: "a1.example",
    method: "GET",
    path: "/pets/7",
    headers: ["X-Tenant", "gold"],
    startUnixMs: 1_000,
    ...members,
  }) as unknown as Call;
const incoming = (sampled: boolean | undefined): TraceHeader => ({
  root: "1-00000000-0",
  parent: undefined,
  sampled,
});
const never: TraceSampling = { ratio: 0, ignoresCaller: false };

describe("a sampling rule is asked about a call", () => {
  it.each<[Partial<SamplingRuleConfig>, boolean]>([
    [{}, true],
    [{ serviceName: "pets/live" }, true],
    [{ serviceName: "PETS/*" }, true],
    [{ serviceName: "pets/test" }, false],
    [{ serviceName: "pet" }, false],
    [{ serviceType: "AWS::ApiGateway::Stage" }, true],
    [{ serviceType: "AWS::EC2::Instance" }, false],
    [{ resourceArn: "arn:aws:apigateway:eu-west-1::/restapis/a1/stages/live" }, true],
    [{ resourceArn: "arn:aws:apigateway:*/stages/test" }, false],
    [{ host: "*.example" }, true],
    [{ host: "*.other" }, false],
    [{ httpMethod: "get" }, true],
    [{ httpMethod: "POST" }, false],
    [{ urlPath: "/pets/?" }, true],
    [{ urlPath: "/pets/??" }, false],
    [{ urlPath: "/*ts/*7" }, true],
    [{ urlPath: "/*x*7" }, false],
    [{ attributes: { "x-tenant": "go*" } }, true],
    [{ attributes: { "X-Tenant": "silver" } }, false],
    [{ attributes: { "x-other": "a" } }, false],
    [{ urlPath: `/${"*p".repeat(40)}x` }, false],
  ])("%j: %s", (members, isChosen) => {
    const sample = compileSampler(contextWith(rule("r", members)), never);
    expect(sample(call(), undefined)).toBe(isChosen ? "r" : undefined);
  });
});

describe("whether a call is sampled", () => {
  it("is decided by the first rule that matches, in the order of priority", () => {
    const rules = [
      rule("late", { priority: 9 }),
      rule("first", { priority: 1, urlPath: "/other" }),
      rule("second", { priority: 2, fixedRate: 0 }),
    ];
    expect(rulesFor(contextWith(...rules)).map(({ name }) => name)).toEqual(["first", "second", "late"]);
    const sample = compileSampler(contextWith(...rules), { ratio: 1, ignoresCaller: false });
    expect([sample(call({ path: "/other" }), undefined), sample(call(), undefined)]).toEqual([
      "first",
      undefined,
    ]);
  });

  it.each([
    ["a caller's decision wins over rules", never, [rule("r")], false, undefined],
    ["and needs no rule", never, [], true, ""],
    ["also where nobody receives traces", NOT_SAMPLED, [rule("r")], true, ""],
    ["where nobody receives traces, no rule counts", NOT_SAMPLED, [rule("r")], undefined, undefined],
    ["the settings decide where no rule does", { ratio: 1, ignoresCaller: false }, [], undefined, "Default"],
    [
      "or alone, where they ignore callers",
      { ratio: 1, ignoresCaller: true },
      [rule("r", { fixedRate: 0 })],
      false,
      "Default",
    ],
  ] as const)("%s", (_what, sampling, rules, sampled, expected) => {
    const sample = compileSampler(contextWith(...rules), sampling);
    expect(
      sample(
        call(),
        sampled === undefined && !("ratio" in sampling && sampling.ignoresCaller)
          ? undefined
          : incoming(sampled),
      ),
    ).toBe(expected);
  });

  it("is taken from a reservoir that is filled each second", () => {
    const sample = compileSampler(contextWith(rule("r", { reservoirSize: 2, fixedRate: 0 })), never);
    const at = (startUnixMs: number) => sample(call({ startUnixMs }), undefined);
    expect([at(1_000), at(1_500), at(1_999), at(2_000), at(2_001), at(2_002)]).toEqual([
      "r",
      "r",
      undefined,
      "r",
      "r",
      undefined,
    ]);
  });

  it("is taken from a part of the reservoir, where workers share it", () => {
    const sample = compileSampler(contextWith(rule("r", { reservoirSize: 1, fixedRate: 0 })), {
      ...never,
      share: 0.25,
    });
    let sampled = 0;
    for (let second = 1; second <= 2_000; second++)
      for (const ms of [0, 1]) if (sample(call({ startUnixMs: second * 1_000 + ms }), undefined)) sampled++;
    expect(sampled).toBeGreaterThan(400);
    expect(sampled).toBeLessThan(600);
  });
});
