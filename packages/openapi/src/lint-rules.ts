import {
  type LintedApi,
  type LintRule,
  type MethodSpec,
  type ResourceSpec,
  type Verb,
  verbsOf,
} from "./linted-api.ts";

/** AWS's quotas for one REST API (API Gateway quotas and important notes). */
const QUOTAS = { resources: 300, models: 400 };
const VERBS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;
const LOOPBACK = /^http:\/\/(localhost|127\.|\[::1\])/;

/** Calls through a VPC link stay in a private network. */
const isPrivate = ({ integration }: MethodSpec) =>
  integration !== undefined && "connectionType" in integration && integration.connectionType === "VPC_LINK";

const modelLink = /\/models\/([A-Za-z0-9]+)/g;

function isOpenPolicy(policy: unknown): boolean {
  const { Statement: given } = (policy ?? {}) as { readonly Statement?: unknown };
  const statements = (Array.isArray(given) ? given : given === undefined ? [] : [given]) as readonly Record<
    string,
    unknown
  >[];
  const anyone = (principal: unknown) => principal === "*" || JSON.stringify(principal) === '{"AWS":"*"}';
  return (
    statements.some(
      (one) => one.Effect === "Allow" && anyone(one.Principal) && one.Condition === undefined,
    ) && !statements.some(({ Effect }) => Effect === "Deny")
  );
}

function usedModels({ models, methods }: LintedApi): ReadonlySet<string> {
  const used = new Set<string>();
  const named = new Map(models.map(({ id, schema }) => [id, schema]));
  const use = (id: string) => {
    if (used.has(id)) return;
    used.add(id);
    for (const [, other = ""] of (named.get(id) ?? "").matchAll(modelLink)) use(other);
  };
  for (const { method } of methods) {
    for (const id of Object.values(method.requestModels)) use(id);
    for (const { responseModels = {} } of Object.values(method.methodResponses))
      for (const id of Object.values(responseModels)) use(id);
  }
  return used;
}

const coversAll = (spec: ResourceSpec, verbs: readonly Verb[]) =>
  verbs.every((verb) => spec.methods[verb] ?? spec.methods.ANY);

/** A greedy path is never called if a single parameter and a greedy path below it match all its calls, because they are more specific. */
function takersOf(spec: ResourceSpec, resources: LintedApi["resources"]): string | undefined {
  const parent = /^(.*)\/\{[^}]+\+\}$/.exec(spec.path)?.[1];
  if (parent === undefined) return undefined;
  const verbs = verbsOf(spec);
  const below = (path: string, segment: RegExp) =>
    resources.find(
      (other) =>
        other.spec.path.startsWith(`${path}/`) &&
        segment.test(other.spec.path.slice(path.length + 1)) &&
        coversAll(other.spec, verbs),
    )?.spec.path;
  const one = below(parent, /^\{[^}/+]+\}$/);
  const rest = one === undefined ? undefined : below(one, /^\{[^}/]+\+\}$/);
  return rest === undefined ? undefined : `${one} and ${rest}`;
}

/** LINT_RULES are checked in every definition. */
export const LINT_RULES: readonly LintRule[] = [
  {
    id: "open-method",
    level: "warning",
    summary:
      "Anybody may call the method: it has no authorization, no API key and the API has no resource policy.",
    check: ({ restApi, methods }, report) => {
      if (restApi?.spec.policy !== undefined) return;
      for (const { manifest, path, verb, method } of methods)
        if (verb !== "OPTIONS" && method.authorizationType === "NONE" && !method.apiKeyRequired)
          report(
            manifest,
            ["methods", verb],
            `anybody may call ${verb} ${path}: it has no authorization and no API key`,
          );
    },
  },
  {
    id: "open-policy",
    level: "warning",
    summary: "The API's policy allows everybody without a condition.",
    check: ({ restApi }, report) => {
      if (restApi && isOpenPolicy(restApi.spec.policy))
        report(restApi.manifest, ["policy"], "the policy allows everybody, without a condition");
    },
  },
  {
    id: "missing-validator",
    level: "warning",
    summary: "The method has models or required parameters, but no validator checks requests against them.",
    check: ({ methods }, report) => {
      for (const { manifest, path, verb, method } of methods) {
        const isRequired = Object.entries(method.requestParameters).some(
          ([name, required]) => required && !name.startsWith("method.request.path."),
        );
        const asks = Object.keys(method.requestModels).length > 0 || isRequired;
        if (asks && method.requestValidatorId === undefined)
          report(
            manifest,
            ["methods", verb],
            `${verb} ${path} has required parameters or models, but no validator checks them: add x-amazon-apigateway-request-validator`,
          );
      }
    },
  },
  {
    id: "unused-model",
    level: "info",
    summary: "The model is not used by any method or used model.",
    check: (api, report) => {
      const used = usedModels(api);
      for (const { manifest, id } of api.models)
        if (!used.has(id)) report(manifest, [], `the model '${id}' is not used`);
    },
  },
  {
    id: "shadowed-method",
    level: "warning",
    summary: "The method is never called: other methods match all its calls.",
    check: ({ resources }, report) => {
      for (const { manifest, spec } of resources) {
        if (spec.methods.ANY && VERBS.every((verb) => spec.methods[verb]))
          report(
            manifest,
            ["methods", "ANY"],
            `ANY ${spec.path} is never called: every verb has its own method`,
          );
        const by = takersOf(spec, resources);
        for (const verb of by ? Object.keys(spec.methods) : [])
          report(
            manifest,
            ["methods", verb],
            `${verb} ${spec.path} is never called: ${by} match all its calls`,
          );
      }
    },
  },
  {
    id: "over-quota",
    level: "warning",
    summary: "AWS does not accept an API of this size; Tollgate does.",
    check: ({ restApi, resources, models }, report) => {
      const sizes = { resources: resources.length, models: models.length };
      for (const [what, size] of Object.entries(sizes))
        if (restApi && size > QUOTAS[what as "resources" | "models"])
          report(
            restApi.manifest,
            [],
            `${size} ${what}: AWS accepts ${QUOTAS[what as "resources" | "models"]} in one API`,
          );
    },
  },
  {
    id: "plain-http",
    level: "warning",
    summary: "Requests are sent to another host without encryption.",
    check: ({ methods }, report) => {
      for (const { manifest, verb, method } of methods) {
        const uri = method.integration && "uri" in method.integration ? method.integration.uri : "";
        if (uri.startsWith("http://") && !LOOPBACK.test(uri) && !isPrivate(method))
          report(manifest, ["methods", verb, "integration", "uri"], `'${uri}' is called without encryption`);
      }
    },
  },
  {
    id: "unverified-tls",
    level: "warning",
    summary: "The certificate of the upstream is not verified.",
    check: ({ methods }, report) => {
      for (const { manifest, verb, method } of methods)
        if (
          method.integration &&
          "tlsConfig" in method.integration &&
          method.integration.tlsConfig?.insecureSkipVerification
        )
          report(
            manifest,
            ["methods", verb, "integration", "tlsConfig"],
            "anybody can impersonate the upstream: its certificate is not verified",
          );
    },
  },
  {
    id: "no-operation-id",
    level: "info",
    summary: "The method has no operationId: SDKs name it by its path.",
    check: ({ methods }, report) => {
      for (const { manifest, path, verb, method } of methods)
        if (verb !== "OPTIONS" && method.operationName === undefined)
          report(manifest, ["methods", verb], `${verb} ${path} has no operationId`);
    },
  },
];
