import { type ManagedRuleGroup, managedRuleGroups, toAwsNames } from "@tollgate/config";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { wafError } from "./errors.ts";
import { checkScope, page } from "./noun.ts";

const STRING = { type: "string" } as const;
const VENDOR = "AWS";
/** There is one version of each group. */
const VERSION = "Version_1.0";

function groupOf({ input }: JsonRequest): ManagedRuleGroup {
  const group = input.VendorName === VENDOR ? managedRuleGroups.get(String(input.Name)) : undefined;
  if (!group) throw wafError("WAFNonexistentItemException");
  return group;
}

const named = {
  type: "structure",
  members: {
    VendorName: STRING,
    Name: STRING,
    Scope: STRING,
    VersionName: STRING,
    Limit: { type: "integer" },
    NextMarker: STRING,
  },
  required: ["VendorName", "Name", "Scope"],
} as const;

/** managedRuleGroupOperations describe the groups that every account has. */
export const managedRuleGroupOperations: readonly JsonOperation[] = [
  {
    name: "ListAvailableManagedRuleGroups",
    input: {
      type: "structure",
      members: { Scope: STRING, Limit: { type: "integer" }, NextMarker: STRING },
      required: ["Scope"],
    },
    isReadOnly: true,
    resource: () => "*",
    run: (request) => {
      checkScope(request);
      const { items, NextMarker } = page(
        request,
        [...managedRuleGroups.values()].map(({ name, description }) => ({
          VendorName: VENDOR,
          Name: name,
          VersioningSupported: true,
          Description: description,
        })),
      );
      return { ManagedRuleGroups: items, NextMarker };
    },
  },
  {
    name: "ListAvailableManagedRuleGroupVersions",
    input: named,
    isReadOnly: true,
    resource: () => "*",
    run: (request) => {
      checkScope(request);
      groupOf(request);
      return { Versions: [{ Name: VERSION }], CurrentDefaultVersion: VERSION };
    },
  },
  {
    name: "DescribeManagedRuleGroup",
    input: named,
    isReadOnly: true,
    resource: () => "*",
    run: (request) => {
      checkScope(request);
      const { capacity, namespace, rules } = groupOf(request);
      const prefix = `awswaf:managed:aws:${namespace}:`;
      return {
        VersionName: VERSION,
        Capacity: capacity,
        Rules: rules.map(({ name, action }) => ({ Name: name, Action: toAwsNames(action) })),
        LabelNamespace: prefix,
        AvailableLabels: rules.flatMap(({ ruleLabels = [] }) =>
          ruleLabels.map(({ name }) => ({ Name: prefix + name })),
        ),
        ConsumedLabels: [],
      };
    },
  },
];
