import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "../../kit/gateway.ts";
import { comparePolicies, policyCases, servePolicies, titleOf } from "../../kit/tls-policies.ts";
import type { Suite } from "./suite.ts";

/** Clients of TLS against the security policies of AWS: each version and suite. */
export const tls: Suite = {
  name: "TLS (clients against security policies)",
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-policies-"));
    try {
      await using gateway = await startGateway();
      const server = await servePolicies(gateway, folder);
      const compared = await comparePolicies(server, policyCases());
      return compared.map(({ one, difference }) => ({
        part: one.client.name,
        title: titleOf(one),
        difference,
      }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  explained: [],
};
