import { shown } from "../shown.ts";
import { isAnyKey, pathsOf } from "./definition-editor.ts";
import { isNode, listOf, type Node, nodeOf } from "./node.ts";

const POLICY = "x-amazon-apigateway-policy";

/** The resources of a policy for the operations of one path: parameters become wildcards, and a final slash is removed. */
function resourcesOf(definition: Node, path: string, stage: unknown): readonly Node[] {
  const plain = path.replaceAll(/\{[a-zA-Z0-9._-]+\+?\}/g, "*");
  return Object.keys(nodeOf(pathsOf(definition)[path])).map((key) => {
    const verb = isAnyKey(key) || key.toLowerCase() === "any" ? "*" : key.toUpperCase();
    return { "Fn::Sub": [`execute-api:/\${__Stage__}/${verb}${plain}`, { __Stage__: stage }] };
  });
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Adds statements to the policy; with `isOnce` only those that it does not have yet. */
function addStatements(definition: Node, statements: readonly unknown[], isOnce: boolean): void {
  const policy = nodeOf(definition[POLICY]);
  const present = listOf(policy.Statement);
  const added = statements.filter((one) => !isOnce || !present.some((other) => same(one, other)));
  // SAM writes a single one without a list.
  const all = [...present, ...added];
  definition[POLICY] = {
    ...policy,
    Version: "2012-10-17",
    Statement: all.length === 1 && !isOnce ? all[0] : all,
  };
}

const statement = (
  effect: string,
  resources: readonly Node[],
  principal: unknown,
  condition?: Node,
): Node => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resources,
  Principal: principal,
  ...(condition ? { Condition: condition } : {}),
});

/** Allows everybody except those who match a condition. */
const allBut = (resources: readonly Node[], condition: Node): readonly Node[] => [
  statement("Allow", resources, "*"),
  statement("Deny", resources, "*", condition),
];

/** Networks by their type: VPCs, or endpoints in them. */
function networksOf(given: unknown, vpcs: unknown, endpoints: unknown): Node {
  const names = listOf(given).map(shown);
  const all = {
    "aws:SourceVpc": [...names.filter((name) => name.startsWith("vpc-")), ...listOf(vpcs)],
    "aws:SourceVpce": [...names.filter((name) => name.startsWith("vpce-")), ...listOf(endpoints)],
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

/** addResourcePolicy adds to a definition's policy who may call the operations of a path (SAM: ResourcePolicyStatement). */
export function addResourcePolicy(definition: Node, given: Node, path: string, stage: unknown): void {
  const resources = resourcesOf(definition, path, stage);
  for (const [member, effect] of [
    ["AwsAccountWhitelist", "Allow"],
    ["AwsAccountBlacklist", "Deny"],
  ] as const) {
    const accounts = listOf(given[member]);
    if (accounts.length > 0)
      addStatements(definition, [statement(effect, resources, { AWS: accounts })], false);
  }
  for (const [member, operator] of [
    ["IpRangeWhitelist", "NotIpAddress"],
    ["IpRangeBlacklist", "IpAddress"],
  ] as const) {
    const ranges = listOf(given[member]);
    if (ranges.length > 0)
      addStatements(definition, allBut(resources, { [operator]: { "aws:SourceIp": ranges } }), true);
  }
  for (const [list, operator] of [
    ["Blacklist", "StringEquals"],
    ["Whitelist", "StringNotEquals"],
  ] as const) {
    const networks = networksOf(
      given[`SourceVpc${list}`],
      given[`IntrinsicVpc${list}`],
      given[`IntrinsicVpce${list}`],
    );
    if (Object.keys(networks).length > 0)
      addStatements(definition, allBut(resources, { [operator]: networks }), true);
  }
}

/** addCustomStatements adds statements as they are written. */
export function addCustomStatements(definition: Node, given: unknown): void {
  const statements = listOf(given).filter((one) => isNode(one));
  if (statements.length > 0) addStatements(definition, statements, Array.isArray(given));
}
