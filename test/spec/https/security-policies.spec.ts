import { describe, expect, it } from "vitest";
import { SECURITY_POLICIES } from "@tollgate/config";
import { seeded } from "../../kit/seeded.ts";
import {
  comparePolicies,
  POLICY_ROWS,
  policyCases,
  servePolicies,
  someOf,
  titleOf,
} from "../../kit/tls-policies.ts";
import { useFolder, useGateway } from "../../kit/use.ts";

const SEED = 1;
const folder = useFolder();
const gateway = useGateway({
  embeddedOnly: "what is shown is the listener of a node, which is the same in a cluster",
});

describe("clients and security policies", () => {
  it("each policy that a domain may have is a row", () => {
    expect(Object.keys(POLICY_ROWS).sort()).toEqual(["none", ...Object.keys(SECURITY_POLICIES)].sort());
  });

  it("openssl, curl, Node.js, Java and Python agree on what a policy allows, and get an alert for what it forbids", async () => {
    const server = await servePolicies(gateway, folder);
    const compared = await comparePolicies(server, someOf(policyCases(), seeded(SEED)));
    expect(compared.length).toBeGreaterThan(150);
    expect(
      compared.flatMap(({ one, difference }) => (difference ? [`${titleOf(one)} ${difference}`] : [])),
    ).toEqual([]);
  });
});
