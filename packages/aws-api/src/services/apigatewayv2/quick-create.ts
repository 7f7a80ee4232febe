import { DEFAULT_ROUTE } from "@tollgate/config";
import type { Draft } from "../../port.ts";
import { compact } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";
import type { Place } from "./crud.ts";
import { clearable, type Members, text } from "./members.ts";

/** QUICK_CREATE are the members that make, or change, the managed parts of an HTTP API (AWS: quick create). */
export const QUICK_CREATE: Members = {
  target: text(clearable),
  routeKey: text(clearable),
  credentialsArn: text(clearable),
};

interface Quick {
  readonly target?: unknown;
  readonly routeKey?: unknown;
  readonly credentialsArn?: unknown;
}

const MANAGED = { apiGatewayManaged: true };

/** A function by its ARN, or a URL. */
const integrationOf = ({ target, credentialsArn }: Quick) =>
  String(target).startsWith("arn:")
    ? compact({
        integrationType: "AWS_PROXY",
        integrationUri: target,
        integrationMethod: "POST",
        payloadFormatVersion: "2.0",
        credentialsArn,
      })
    : {
        integrationType: "HTTP_PROXY",
        integrationUri: target,
        integrationMethod: "ANY",
        payloadFormatVersion: "1.0",
      };

const isAbsent = (value: unknown) => value === undefined || value === "";

/** quickParts are the integration and the route of a new API with a target. */
export function quickParts(quick: Quick, apiId: string): object {
  if (isAbsent(quick.target)) {
    if (isAbsent(quick.routeKey) && isAbsent(quick.credentialsArn)) return {};
    throw badRequest("Invalid target specified. RouteKey and CredentialsArn require a Target");
  }
  // The change may be computed several times: its ids must stay the same.
  const id = apiId.slice(0, 7);
  return {
    integrations: { [id]: { ...MANAGED, ...integrationOf(quick) } },
    routes: {
      [id]: {
        ...MANAGED,
        routeKey: isAbsent(quick.routeKey) ? DEFAULT_ROUTE : quick.routeKey,
        target: `integrations/${id}`,
      },
    },
  };
}

/** quickStage is the stage of a new API with a target. */
export const quickStage = ({ request: { body }, id }: Place): readonly Draft[] =>
  isAbsent(body.target ?? undefined)
    ? []
    : [{ kind: "ApiStage", apiId: id, id: DEFAULT_ROUTE, spec: { ...MANAGED, autoDeploy: true } }];

type Parts = Readonly<Record<string, { readonly apiGatewayManaged?: true }>>;

/** Changes the managed entry of a list of parts. */
function edited(
  spec: Readonly<Record<string, unknown>>,
  list: "routes" | "integrations",
  edit: (part: object) => object,
) {
  const parts = (spec[list] ?? {}) as Parts;
  const [id, part] = Object.entries(parts).find(([, { apiGatewayManaged }]) => apiGatewayManaged) ?? [];
  if (id === undefined || part === undefined)
    throw badRequest("Invalid target specified. Only an API that was created with a Target can change it");
  return { ...parts, [id]: edit(part) };
}

/** withTarget changes the managed parts of an API. */
export function withTarget(
  spec: Readonly<Record<string, unknown>>,
  { target, routeKey, credentialsArn }: Quick,
): Record<string, unknown> {
  const next: Record<string, unknown> = { ...spec };
  if (!isAbsent(routeKey)) next.routes = edited(spec, "routes", (route) => ({ ...route, routeKey }));
  if (target !== undefined || credentialsArn !== undefined)
    next.integrations = edited(spec, "integrations", (part) => {
      const { integrationUri, credentialsArn: role } = part as {
        readonly integrationUri: string;
        readonly credentialsArn?: string;
      };
      return {
        ...MANAGED,
        ...integrationOf({
          target: isAbsent(target) ? integrationUri : target,
          credentialsArn: credentialsArn === undefined ? role : credentialsArn || undefined,
        }),
      };
    });
  return next;
}
