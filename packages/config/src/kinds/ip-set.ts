import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { wafArtifactName } from "../artifact-name.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { NAME, NAME_HELP } from "../web-acl/rule.ts";

/** AWS's limit of networks of a set. */
const ADDRESSES_MAX = 10_000;

function isNetwork(text: string, version: "IPV4" | "IPV6"): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  const prefix = Number(bits);
  return version === "IPV4"
    ? isIPv4(address) && prefix >= 1 && prefix <= 32
    : isIPv6(address) && !address.includes("%") && prefix >= 1 && prefix <= 128;
}

const spec = z
  .strictObject({
    description: z.string().max(256).optional(),
    ipAddressVersion: z.enum(["IPV4", "IPV6"]),
    /** In CIDR notation, such as 192.0.2.0/24; a single address is 192.0.2.1/32. */
    addresses: z.array(z.string()).max(ADDRESSES_MAX),
    tags: tags.optional(),
  })
  .superRefine(({ ipAddressVersion: version, addresses }, context) => {
    for (const [i, address] of addresses.entries())
      if (!isNetwork(address, version))
        raise(context, facts.NETWORK_INVALID({ address, version }), ["addresses", i]);
  });

export const IpSet = defineKind({
  name: "IpSet",
  about: "Networks that rules of web ACLs refer to (AWS WAF: IPSet). Its id is its name.",
  spec,
  collection: "ipsets",
  id: { pattern: NAME, help: `is the set's name and ${NAME_HELP}` },
  /** (100) */
  quota: "ipSets",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => wafArtifactName("ipset", accountId, id),
    contentOf: (accountId, { id, spec: { addresses } }) => ({ accountId, id, addresses }),
  },
});
