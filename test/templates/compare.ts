import { planStack, type StackPlan } from "@tollgate/cloudformation";
import { TEMPLATE_YAML } from "@tollgate/cloudformation/tags";
import { yamlSource } from "@tollgate/openapi";

const STACK = { name: "compared", accountId: "123456789012" };

interface Parameter {
  readonly Type?: string;
  readonly Default?: unknown;
  readonly AllowedValues?: readonly unknown[];
  readonly MinLength?: number | string;
}

/** Values that AWS would take for a parameter, by its name. */
const VALUES: readonly (readonly [name: RegExp, value: string])[] = [
  [/endpointconfig/i, "PRIVATE"],
  [
    /pool.*arn|arn.*pool|providerarn/i,
    "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEf",
  ],
  [
    /(nlb|alb|loadbalancer).*arn/i,
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/1",
  ],
  [/domain/i, "api.example.com"],
  [/vpc/i, "vpce-0a1b2c3d"],
  [/api.?key.*(value)?$/i, "a-key-of-more-than-20-characters"],
  [/url|uri$|endpoint/i, "https://example.com/path"],
];
const valueFor = (name: string): string => VALUES.find(([pattern]) => pattern.test(name))?.[1] ?? "value";

/** parametersOf gives parameters without a default a value that their type allows. */
export function parametersOf(template: string): Record<string, string> {
  const { Parameters: parameters = {} } = yamlSource(template, TEMPLATE_YAML).root as {
    readonly Parameters?: Readonly<Record<string, Parameter>>;
  };
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([, { Default: standard }]) => standard === undefined)
      .map(([name, { Type: type = "String", AllowedValues: allowed, MinLength: length = 0 }]) => [
        name,
        String(allowed?.[0] ?? (type === "Number" ? "1" : valueFor(name).padEnd(Number(length), "0"))),
      ]),
  );
}

/** Lists whose order has no meaning: statements of policies, and the resources of statements. */
const SETS = new Set(["Statement", "Resource", "tags"]);

const inOneOrder = (value: unknown): unknown =>
  Array.isArray(value)
    ? [...(value as unknown[])].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : value;

/** Objects with their members in one order, also within strings. */
function ordered(value: unknown): unknown {
  if (typeof value === "string" && /^[[{]/.test(value))
    try {
      return ordered(JSON.parse(value));
    } catch {
      return value;
    }
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    members.map(([name, member]) => [name, SETS.has(name) ? inOneOrder(ordered(member)) : ordered(member)]),
  );
}

/** What a plan writes. The names of deployments are hashes of what is deployed, which each translator writes in its own way. */
function written({ entities, deployments, notServed }: StackPlan): unknown {
  const name = (manifest: StackPlan["entities"][number]["manifest"]) =>
    `${manifest.kind} ${manifest.apiId ?? ""} ${manifest.id}`;
  const manifests = entities.map(({ manifest }) => manifest).sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const text = JSON.stringify(
    ordered({
      manifests,
      notServed: [...notServed].sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1)),
      deployed: deployments.map(({ apiId }) => apiId).sort(),
    }),
  );
  const named = deployments.reduce((all, { id }) => all.replaceAll(id, "deployment"), text);
  return JSON.parse(named) as unknown;
}

export interface Comparison {
  readonly own: unknown;
  readonly theirs: unknown;
  /** What keeps the template from being applied. */
  readonly errors: readonly string[];
}

/** compare sets what a SAM template becomes beside what its translation by AWS becomes. */
export function compare(template: string, translation: string, region: string): Comparison {
  const options = { ...STACK, region, parameters: parametersOf(template) };
  const own = planStack(template, options);
  return {
    own: written(own),
    theirs: written(planStack(translation, options)),
    errors: own.findings
      .filter(({ level }) => level === "error")
      .map(({ line, pointer, message }) => `line ${line}, ${pointer}: ${message}`),
  };
}
