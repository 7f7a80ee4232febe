import type { z } from "zod";
import { apiSpec } from "./api/api.ts";
import { apiDeploymentSpec } from "./api/deployment.ts";
import { apiStageSpec } from "./api/stage.ts";
import { accountSpec } from "./account/account.ts";
import { clientCertificateSpec } from "./account/client-certificate.ts";
import { serviceEndpointSpec } from "./account/service-endpoint.ts";
import { stackSpec } from "./account/stack.ts";
import { vpcLinkSpec } from "./account/vpc-link.ts";
import { domainNameAccessAssociationSpec } from "./domain-name/access-association.ts";
import { domainNameSpec } from "./domain-name/domain-name.ts";
import { groupSpec } from "./identity/group.ts";
import { managedPolicySpec } from "./identity/managed-policy.ts";
import { openIdConnectProviderSpec } from "./identity/open-id-connect-provider.ts";
import { roleSpec } from "./identity/role.ts";
import { rootAccessKeySpec } from "./identity/root-access-key.ts";
import { userSpec } from "./identity/user.ts";
import { authorizerSpec } from "./rest-api/authorizer.ts";
import { deploymentSpec } from "./rest-api/deployment.ts";
import { documentationPartSpec, documentationVersionSpec } from "./rest-api/documentation.ts";
import { GATEWAY_RESPONSE_TYPES, gatewayResponseSpec } from "./rest-api/gateway-response.ts";
import { modelSpec } from "./rest-api/model.ts";
import { requestValidatorSpec } from "./rest-api/request-validator.ts";
import { resourceSpec } from "./rest-api/resource.ts";
import { restApiSpec } from "./rest-api/rest-api.ts";
import { stageSpec } from "./rest-api/stage.ts";
import { apiKeySpec } from "./usage-plan/api-key.ts";
import { usagePlanSpec } from "./usage-plan/usage-plan.ts";
import { newAccessKeyId, newApiId, newApiKeyValue, newChildId, newSecretAccessKey } from "./identifier.ts";

interface KindRule {
  readonly spec: z.ZodType;
  /** Segment of the entity's name. */
  readonly collection: string;
  /** The kind of API that it lives below; undefined: it is of the account. */
  readonly parent?: "RestApi" | "Api";
  readonly idPattern: RegExp;
  readonly idHelp: string;
  /** Makes an id when an Apply gives none; absent where the id is a name that only its author knows. */
  readonly newId?: () => string;
  /** Where its secrets stand in a spec (* is any member), and how one is made that its author left out; without, it stays left out. */
  readonly secret?: { readonly path: readonly string[]; readonly make?: () => string };
}

/** kinds is every kind of entity: a new one is added here and nowhere else. */
export const kinds = {
  Account: {
    spec: accountSpec,
    collection: "account",
    idPattern: /^account$/,
    idHelp: "must be 'account' or left out",
    newId: () => "account",
  },
  ServiceEndpoint: {
    spec: serviceEndpointSpec,
    collection: "serviceendpoints",
    idPattern: /^[a-z0-9-]{1,63}\.([a-z0-9-]{1,63}|\*)$/,
    idHelp: "must be '{service}.{region}', such as lambda.us-east-1 or lambda.*",
  },
  VpcLink: {
    spec: vpcLinkSpec,
    collection: "vpclinks",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
  },
  ClientCertificate: {
    spec: clientCertificateSpec,
    collection: "clientcertificates",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newChildId,
    secret: { path: ["privateKey"] },
  },
  Stack: {
    spec: stackSpec,
    collection: "stacks",
    idPattern: /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
    idHelp: "is the stack's name and must be 1 to 128 letters, digits and -, a letter first",
  },
  DomainName: {
    spec: domainNameSpec,
    collection: "domainnames",
    idPattern: /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    idHelp: "is the domain and must be a lower-case host name, such as api.example.com",
    secret: { path: ["certificatePrivateKey"] },
  },
  DomainNameAccessAssociation: {
    spec: domainNameAccessAssociationSpec,
    collection: "domainnameaccessassociations",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
  },
  User: {
    spec: userSpec,
    collection: "users",
    idPattern: /^[\w+=,.@-]{1,64}$/,
    idHelp: "is the user's name and must be 1 to 64 of a-z, A-Z, 0-9 and _+=,.@-",
    secret: { path: ["accessKeys", "*", "secretAccessKey"], make: newSecretAccessKey },
  },
  Group: {
    spec: groupSpec,
    collection: "groups",
    idPattern: /^[\w+=,.@-]{1,128}$/,
    idHelp: "is the group's name and must be 1 to 128 of a-z, A-Z, 0-9 and _+=,.@-",
  },
  Role: {
    spec: roleSpec,
    collection: "roles",
    idPattern: /^[\w+=,.@-]{1,64}$/,
    idHelp: "is the role's name and must be 1 to 64 of a-z, A-Z, 0-9 and _+=,.@-",
  },
  ManagedPolicy: {
    spec: managedPolicySpec,
    collection: "policies",
    idPattern: /^[\w+=,.@-]{1,128}$/,
    idHelp: "is the policy's name and must be 1 to 128 of a-z, A-Z, 0-9 and _+=,.@-",
  },
  OpenIdConnectProvider: {
    spec: openIdConnectProviderSpec,
    collection: "openidconnectproviders",
    idPattern: /^[A-Za-z0-9.:_-]{1,255}$/,
    idHelp: "must be the provider's URL without https:// and with : for /, such as accounts.example.com",
  },
  RootAccessKey: {
    spec: rootAccessKeySpec,
    collection: "rootaccesskeys",
    idPattern: /^[A-Z0-9]{16,128}$/,
    idHelp: "is the access key id and must be 16 to 128 of A-Z and 0-9",
    newId: newAccessKeyId,
    secret: { path: ["secretAccessKey"], make: newSecretAccessKey },
  },
  ApiKey: {
    spec: apiKeySpec,
    collection: "apikeys",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
    secret: { path: ["value"], make: newApiKeyValue },
  },
  UsagePlan: {
    spec: usagePlanSpec,
    collection: "usageplans",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
  },
  RestApi: {
    spec: restApiSpec,
    collection: "restapis",
    idPattern: /^[a-z0-9]{10}$/,
    idHelp: "must be 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
  },
  Resource: {
    spec: resourceSpec,
    collection: "resources",
    parent: "RestApi",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newChildId,
  },
  Authorizer: {
    spec: authorizerSpec,
    collection: "authorizers",
    parent: "RestApi",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newChildId,
  },
  Model: {
    spec: modelSpec,
    collection: "models",
    parent: "RestApi",
    idPattern: /^[A-Za-z0-9]{1,255}$/,
    idHelp: "is the model's name and must be alphanumeric",
  },
  RequestValidator: {
    spec: requestValidatorSpec,
    collection: "requestvalidators",
    parent: "RestApi",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newChildId,
  },
  GatewayResponse: {
    spec: gatewayResponseSpec,
    collection: "gatewayresponses",
    parent: "RestApi",
    idPattern: new RegExp(`^(${GATEWAY_RESPONSE_TYPES.join("|")})$`),
    idHelp: `is the type and must be one of ${GATEWAY_RESPONSE_TYPES.join(", ")}`,
  },
  Stage: {
    spec: stageSpec,
    collection: "stages",
    parent: "RestApi",
    idPattern: /^[A-Za-z0-9_-]{1,128}$/,
    idHelp: "is the stage's name and must be 1 to 128 characters of a-z, A-Z, 0-9, _ and -",
  },
  DocumentationPart: {
    spec: documentationPartSpec,
    collection: "documentationparts",
    parent: "RestApi",
    idPattern: /^[a-z0-9]{1,10}$/,
    idHelp: "must be 1 to 10 characters of a-z and 0-9, or left out",
    newId: newChildId,
  },
  DocumentationVersion: {
    spec: documentationVersionSpec,
    collection: "documentationversions",
    parent: "RestApi",
    idPattern: /^[A-Za-z0-9._-]{1,64}$/,
    idHelp: "is the version and must be 1 to 64 characters of a-z, A-Z, 0-9 and ._-",
  },
  Deployment: {
    spec: deploymentSpec,
    collection: "deployments",
    parent: "RestApi",
    idPattern: /^[a-z0-9]{6,10}$/,
    idHelp: "must be 6 to 10 characters of a-z and 0-9",
    newId: newChildId,
  },
  Api: {
    spec: apiSpec,
    collection: "apis",
    idPattern: /^[a-z0-9]{10}$/,
    idHelp: "must be 10 characters of a-z and 0-9, or left out",
    newId: newApiId,
  },
  ApiStage: {
    spec: apiStageSpec,
    collection: "stages",
    parent: "Api",
    idPattern: /^(\$default|[A-Za-z0-9_-]{1,128})$/,
    idHelp: "is the stage's name and must be $default, or 1 to 128 characters of a-z, A-Z, 0-9, _ and -",
  },
  ApiDeployment: {
    spec: apiDeploymentSpec,
    collection: "deployments",
    parent: "Api",
    idPattern: /^[a-z0-9]{6,10}$/,
    idHelp: "must be 6 to 10 characters of a-z and 0-9",
    newId: newChildId,
  },
} as const satisfies Record<string, KindRule>;

export type Kind = keyof typeof kinds;
export type SpecOf<K extends Kind> = z.output<(typeof kinds)[K]["spec"]>;

/** kindRule reads the table with its common type. */
export const kindRule = (kind: Kind): KindRule => kinds[kind];

const apis = new Set<Kind>(Object.values<KindRule>(kinds).flatMap(({ parent }) => parent ?? []));

/** isApi tells whether a kind is one that others live below. */
export const isApi = (kind: Kind): boolean => apis.has(kind);

/** apiMember is how a manifest of a kind names its API: restApiId below a REST API, apiId below an HTTP or WebSocket API. */
export const apiMember = (kind: Kind): "restApiId" | "apiId" =>
  kindRule(kind).parent === "Api" ? "apiId" : "restApiId";

export const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);

/** Entity is one configured thing. Its name is its key in the store below the account. */
export interface Entity<K extends Kind = Kind> {
  readonly kind: K;
  /** Id of the API that it lives below, REST or other; empty for the kinds of the account. */
  readonly apiId: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: SpecOf<K>;
}

/** EntityRef names an entity. */
export type EntityRef = Pick<Entity, "kind" | "apiId" | "id">;

/** nameOf is the entity's name: AWS's path of it, such as "restapis/abcdefghij/resources/a1b2c3". */
export function nameOf({ kind, apiId, id }: EntityRef): string {
  const { collection, parent } = kindRule(kind);
  return parent ? `${kinds[parent].collection}/${apiId}/${collection}/${id}` : `${collection}/${id}`;
}

/** Kinds by the collections that their names go through, such as "restapis/resources". */
const kindByCollection = new Map<string, Kind>(
  (Object.keys(kinds) as Kind[]).map((kind) => {
    const { collection, parent } = kindRule(kind);
    return [parent ? `${kinds[parent].collection}/${collection}` : collection, kind];
  }),
);

/** parseName is the inverse of nameOf; undefined for what is no entity's name. */
export function parseName(name: string): EntityRef | undefined {
  const [first = "", second = "", third, fourth] = name.split("/");
  if (third !== undefined && fourth !== undefined) {
    const kind = kindByCollection.get(`${first}/${third}`);
    return kind && { kind, apiId: second, id: fourth };
  }
  const kind = kindByCollection.get(first);
  return kind && { kind, apiId: "", id: second };
}

export function isKindOf<K extends Kind>(entity: Entity, kind: K): entity is Entity<K> {
  return entity.kind === kind;
}
