import { expect, it } from "vitest";
import type { AccountConfig, DomainConfig } from "@tollgate/config";
import type { Call } from "@tollgate/pipeline";
import { LiveDomains } from "./live-domains.ts";

const ACCOUNT = "123456789012";
const NAME = "own.example.com";
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*" }],
});
const mappings = [{ basePath: "", apiId: "abc", stage: "prod" }];
const own: DomainConfig = {
  domainName: NAME,
  isPrivate: true,
  mappings: [],
  access: { accountId: ACCOUNT, policy: POLICY, mappings },
};
const account = (accessAssociations?: AccountConfig["accessAssociations"]): AccountConfig => ({
  accountId: ACCOUNT,
  serviceEndpoints: {},
  vpcLinks: {},
  throttle: undefined,
  ...(accessAssociations ? { accessAssociations } : {}),
});
const call = { url: "/", network: { vpcEndpointId: "vpce-1a" }, headers: [] } as unknown as Call;
const admits = (domains: LiveDomains) => domains.all().get(NAME)?.access?.admits(call);

it("a private domain takes calls of the endpoints of its account, whichever of the two is known first", () => {
  const domains = new LiveDomains("us-east-1");
  domains.take(NAME, own);
  expect(admits(domains)).toBe(false);
  domains.takeAccount("000000000000", account({ [NAME]: ["vpce-1a"] }));
  expect(admits(domains)).toBe(false);
  domains.takeAccount(ACCOUNT, account({ [NAME]: ["vpce-1a"] }));
  const before = domains.all();
  expect([admits(domains), before.get(NAME)?.mappings]).toEqual([true, mappings]);
  domains.takeAccount(ACCOUNT, account({ "other.example.com": ["vpce-1a"] }));
  expect(admits(domains)).toBe(false);
  domains.takeAccount(ACCOUNT, account({ [NAME]: ["vpce-1a"] }));
  domains.removeAccount(ACCOUNT);
  expect(admits(domains)).toBe(false);
  // What a router has does not change.
  expect(before.get(NAME)?.access?.admits(call)).toBe(true);
});

it("a private domain of a control plane that knows of no policies is served to nobody", () => {
  const domains = new LiveDomains("us-east-1");
  domains.takeAccount(ACCOUNT, account({ [NAME]: ["vpce-1a"] }));
  domains.take(NAME, { domainName: NAME, isPrivate: true, mappings });
  expect([admits(domains), domains.all().get(NAME)?.mappings]).toEqual([false, []]);
});
