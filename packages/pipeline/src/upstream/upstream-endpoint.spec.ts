import { describe, expect, it } from "vitest";
import type { RouteContext } from "../call/route-context.ts";
import { endpointsOf } from "../engine/endpoints.ts";
import type { Ports } from "../engine/ports.ts";
import { compileEndpoint } from "./upstream-endpoint.ts";

const ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012";
const MAP = "arn:aws:servicediscovery:us-east-1:123456789012";
const NLB = `${ELB}:loadbalancer/net/pets/50dc6c495c0c9188`;

const account = {
  accountId: "123456789012",
  serviceEndpoints: {
    "elasticloadbalancing.us-east-1": { url: "http://{name}.internal:8080", profile: undefined },
  },
  vpcLinks: {
    urls: ["http://10.0.0.5:8080"],
    arns: [NLB, "http://10.0.0.6", `${ELB.replace("us-east-1", "eu-west-1")}:loadbalancer/net/far/1`],
    subnets: [],
  },
  throttle: undefined,
};
const ports = { defaultServiceEndpoints: () => undefined } as unknown as Ports;

/** Where calls of an integration go, one after the other. */
function originsOf(integration: object, uri = "https://host.example/a", times = 1) {
  const compiled = compileEndpoint(
    { connectionType: "VPC_LINK", ...integration },
    { stageVariables: {}, ...endpointsOf(account, ports) } as RouteContext,
    "at",
  );
  if (!compiled.ok) throw new Error("does not compile");
  return Array.from({ length: times }, () => compiled.endpointOf(uri)).map(
    (endpoint) => endpoint && [endpoint.origin, endpoint.host],
  );
}

describe("a VPC link leads", () => {
  it("to its URLs, with the Host of the URI", () => {
    expect(originsOf({ connectionId: "urls" })).toEqual([["http://10.0.0.5:8080", "host.example"]]);
  });

  it("to its load balancers where a ServiceEndpoint locates them, by name if it has one", () => {
    const one = ["http://pets.internal:8080", "host.example"];
    const other = ["http://10.0.0.6", "host.example"];
    expect(originsOf({ connectionId: "arns" }, undefined, 3)).toEqual([one, other, one]);
  });

  it.each([
    ["a load balancer", { integrationTarget: NLB }, ["http://pets.internal:8080", "host.example"]],
    [
      "a listener",
      { listener: `${ELB}:listener/app/shop/50dc/0467` },
      ["http://shop.internal:8080", "shop.internal:8080"],
    ],
    ["nothing that a ServiceEndpoint locates", { listener: `${MAP}:service/srv-1` }, undefined],
    ["nothing", {}, undefined],
  ])("into subnets, to what the integration names: %s", (_what, named, wanted) => {
    expect(originsOf({ connectionId: "subnets", ...named })).toEqual([wanted]);
  });

  it("nowhere if it does not exist", () => {
    expect(originsOf({ connectionId: "other", integrationTarget: NLB })).toEqual([undefined]);
  });
});
