import { ipAddressTypeOf, type SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { REGIONAL_ZONE, regionalTarget } from "../apigateway/domain-target.ts";
import { badRequest, conflict, notFound } from "../apigateway/errors.ts";
import { shownMutualTls } from "../apigateway/mutual-tls.ts";
import { refuseCertificates } from "../apigateway/named-certificates.ts";
import { statusOf } from "../apigateway/ownership.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import { type Members, readMembers, structure, text, textsByName } from "./members.ts";
import { entities } from "./shelf.ts";

type Spec = SpecOf<"DomainName">;

const CONFIGURATION: Members = {
  certificateArn: text(),
  certificateName: text(),
  endpointType: text(),
  ipAddressType: text(),
  ownershipVerificationCertificateArn: text(),
  securityPolicy: text(),
};

const MEMBERS: Members = {
  mutualTlsAuthentication: structure({ truststoreUri: text(), truststoreVersion: text() }),
  routingMode: text(),
};

const NEW_ONLY: Members = { domainName: text(), tags: textsByName() };

/** The names of routing modes, here and in version 1. */
const ROUTING_MODES = {
  API_MAPPING_ONLY: "BASE_PATH_MAPPING_ONLY",
  ROUTING_RULE_ONLY: "ROUTING_RULE_ONLY",
  ROUTING_RULE_THEN_API_MAPPING: "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
} as const satisfies Readonly<Record<string, Spec["routingMode"]>>;

type RoutingMode = keyof typeof ROUTING_MODES;

const isRoutingMode = (mode: string): mode is RoutingMode => Object.hasOwn(ROUTING_MODES, mode);

const modeOf = ({ routingMode }: Spec): string =>
  Object.entries(ROUTING_MODES).find(([, stored]) => stored === routingMode)?.[0] ?? "API_MAPPING_ONLY";

/** isVisible reports whether version 2 can manage a domain: private ones, and those of old TLS, only version 1 can. */
const isVisible = ({ endpointConfiguration, securityPolicy }: Spec) =>
  !endpointConfiguration.types.includes("PRIVATE") && securityPolicy !== "TLS_1_0";

const NOT_VISIBLE =
  "Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. Currently, only REST APIs can be attached to a domain name with a security policy of TLS 1.0.";

/** domainOf returns the domain of a path. */
export function domainOf(account: AccountView, { path }: AwsRequest): Stored<"DomainName"> {
  const stored = account.get("DomainName", "", path.domainName ?? "");
  if (!stored) throw notFound("Invalid domain name identifier specified");
  if (!isVisible(stored.entity.spec)) throw badRequest(NOT_VISIBLE);
  return stored;
}

function showConfiguration(account: AccountView, id: string, spec: Spec, region: string): JsonObject {
  const pending = statusOf(account, id, spec);
  return compact({
    apiGatewayDomainName: regionalTarget(id, region),
    certificateArn: spec.regionalCertificateArn ?? spec.certificateArn,
    certificateName: spec.regionalCertificateName ?? spec.certificateName,
    // Version 2 has no PENDING.
    domainNameStatus: pending?.status.replace(/^PENDING$/, "UPDATING") ?? "AVAILABLE",
    domainNameStatusMessage: pending?.message,
    endpointType: spec.endpointConfiguration.types[0],
    hostedZoneId: REGIONAL_ZONE,
    ipAddressType: ipAddressTypeOf(spec.endpointConfiguration),
    ownershipVerificationCertificateArn: spec.ownershipVerificationCertificateArn,
    securityPolicy: spec.securityPolicy ?? "TLS_1_2",
  });
}

function showDomain(
  { entity: { spec } }: Stored<"DomainName">,
  { id, account, request: { region } }: Place,
): JsonObject {
  return compact({
    apiMappingSelectionExpression: "$request.basepath",
    domainName: id,
    domainNameArn: `arn:aws:apigateway:${region}::/domainnames/${id}`,
    domainNameConfigurations: [showConfiguration(account, id, spec, region)],
    mutualTlsAuthentication: shownMutualTls(spec),
    routingMode: modeOf(spec),
    tags: spec.tags ?? {},
  });
}

/** Empty tags are shown when a domain is read, but not when it is created or listed. */
function showNew(item: Stored<"DomainName">, place: Place): JsonObject {
  const { tags, ...shown } = showDomain(item, place);
  return Object.keys(tags as object).length > 0 ? { ...shown, tags } : shown;
}

/** The members of the single configuration of a domain as they are stored. */
function storedConfiguration(body: JsonObject): Partial<Spec> | undefined {
  const given = member(body, "domainNameConfigurations", "list");
  if (!given) return undefined;
  if (given.length !== 1) throw badRequest("Invalid input. Expected one domain name configuration");
  const configuration = member({ configuration: given[0] }, "configuration", "map") ?? {};
  const { certificateArn, certificateName, endpointType, ipAddressType, securityPolicy, ...others } =
    readMembers(configuration, CONFIGURATION) as Readonly<Record<string, string | undefined>>;
  if (endpointType === "EDGE")
    throw badRequest("EDGE endpoint type is not supported for APIGatewayV2 domainName");
  if (endpointType !== undefined && endpointType !== "REGIONAL")
    throw badRequest("Invalid endpoint type specified. Must be one of [REGIONAL]");
  // hashicorp/terraform-provider-aws #37869 quotes AWS.
  if (securityPolicy === "TLS_1_0") throw badRequest("TLS_1_0 is not supported for APIGatewayV2 domainName.");
  if (securityPolicy !== undefined && securityPolicy !== "TLS_1_2")
    throw badRequest("Invalid security policy specified. Must be one of [TLS_1_2]");
  return compact({
    ...others,
    regionalCertificateArn: certificateArn,
    regionalCertificateName: certificateName,
    securityPolicy,
    endpointConfiguration: compact({ types: ["REGIONAL"], ipAddressType }),
  }) as Partial<Spec>;
}

interface Given {
  readonly mutualTlsAuthentication?: { readonly truststoreUri?: string; readonly truststoreVersion?: string };
  readonly routingMode?: string;
}

/** Members that are set in the same way in new domains and in updates. An empty truststoreUri turns mutual TLS off. */
function storedMembers({ mutualTlsAuthentication: mutual, routingMode }: Given, present?: Spec): object {
  if (routingMode !== undefined && !isRoutingMode(routingMode))
    throw badRequest(
      `Invalid routing mode specified. Must be one of [${Object.keys(ROUTING_MODES).join(", ")}]`,
    );
  const merged = mutual && { ...present?.mutualTlsAuthentication, ...mutual };
  if (merged && merged.truststoreUri === undefined)
    throw badRequest("TruststoreUri is a required parameter for mutualTlsAuthentication");
  return {
    ...(merged ? { mutualTlsAuthentication: merged.truststoreUri === "" ? undefined : merged } : {}),
    ...(routingMode === undefined ? {} : { routingMode: ROUTING_MODES[routingMode as RoutingMode] }),
  };
}

function checkName(name: string, account: AccountView): void {
  if (name === "") throw badRequest("No domain name specified");
  if (name.includes("_")) throw badRequest("Domain names cannot contain an underscore character");
  if (name !== name.toLowerCase()) throw badRequest("Domain names cannot contain upper case characters");
  if (account.get("DomainName", "", name)) throw conflict("The domain name you provided already exists.");
}

function create({ request, account, id }: Place): object {
  const { domainName: _name, tags, ...given } = readMembers(request.body, { ...MEMBERS, ...NEW_ONLY });
  checkName(id, account);
  const { region } = request;
  const configuration = storedConfiguration(request.body) ?? {};
  const spec = compact({
    endpointConfiguration: { types: ["REGIONAL"] },
    securityPolicy: "TLS_1_2",
    ...configuration,
    ...storedMembers(given),
    tags,
  });
  refuseCertificates({ account, region }, spec);
  return spec;
}

function update({ entity: { spec } }: Stored<"DomainName">, { request, account }: Place): object {
  const given: Given = readMembers(request.body, MEMBERS);
  const { region } = request;
  const configuration = storedConfiguration(request.body);
  if (!configuration && given.routingMode === undefined)
    throw badRequest("Invalid input. Expected one domain name configuration");
  const changed = compact({ ...spec, ...configuration, ...storedMembers(given, spec) });
  refuseCertificates({ account, region }, changed, spec);
  return changed;
}

const shelf = entities("DomainName");

const noun: Noun<Stored<"DomainName">> = {
  name: "DomainName",
  names: "DomainNames",
  path: "/v2/domainnames",
  idParameter: "domainName",
  shelf: {
    ...shelf,
    all: (account, request) => {
      if (request.path.domainName !== undefined) domainOf(account, request);
      return new Map([...shelf.all(account, request)].filter(([, { entity }]) => isVisible(entity.spec)));
    },
  },
  missing: () => "Invalid domain name identifier specified",
  newId: ({ body }) => (typeof body.domainName === "string" ? body.domainName : ""),
  show: showDomain,
  showNew,
  showListed: showNew,
  create,
  update,
};

/** domainNameOperations are the operations of custom domains. */
export const domainNameOperations: readonly Operation[] = crud(noun);
