import { operationsOf, specMembers, type WafNoun } from "./noun.ts";

const ipSet: WafNoun<"IpSet"> = {
  kind: "IpSet",
  name: "IPSet",
  names: "IPSets",
  resource: "ipset",
  members: { IPAddressVersion: { type: "string" }, Addresses: { type: "list", of: { type: "string" } } },
  required: ["Addresses"],
  // The version of a set never changes: an update does not name it.
  specOf: (input, present) => ({
    ipAddressVersion: present?.ipAddressVersion,
    ...specMembers(input, ["IPAddressVersion", "Addresses"]),
  }),
  show: ({ ipAddressVersion, addresses }) => ({ IPAddressVersion: ipAddressVersion, Addresses: addresses }),
};

interface Regex {
  readonly RegexString: string;
}

const regexPatternSet: WafNoun<"RegexPatternSet"> = {
  kind: "RegexPatternSet",
  name: "RegexPatternSet",
  names: "RegexPatternSets",
  resource: "regexpatternset",
  members: {
    RegularExpressionList: {
      type: "list",
      of: { type: "structure", required: ["RegexString"], members: { RegexString: { type: "string" } } },
    },
  },
  required: ["RegularExpressionList"],
  specOf: ({ RegularExpressionList: list }) => ({
    regularExpressions: (list as readonly Regex[]).map(({ RegexString }) => RegexString),
  }),
  show: ({ regularExpressions }) => ({
    RegularExpressionList: regularExpressions.map((RegexString) => ({ RegexString })),
  }),
};

/** setOperations are the operations of the sets that rules refer to. */
export const setOperations = [...operationsOf(ipSet), ...operationsOf(regexPatternSet)];
