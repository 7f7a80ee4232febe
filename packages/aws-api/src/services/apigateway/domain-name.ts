import { ipAddressTypeOf, kinds, NO_BASE_PATH, objectAt, type SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  pathParameter,
  timestamp,
} from "../../protocol/rest-json/operation.ts";
import { crud, found, type Noun } from "./crud.ts";
import { shownTargets } from "./domain-target.ts";
import { badRequest, conflict, notFound } from "./errors.ts";
import { readMembers } from "./members.ts";
import { shownMutualTls } from "./mutual-tls.ts";
import { refuseCertificates } from "./named-certificates.ts";
import { statusOf } from "./ownership.ts";
import { page } from "./page.ts";
import { applyPatch, clearable, type PatchOp, type PatchRule, refusalA, text } from "./patch.ts";

type Spec = SpecOf<"DomainName">;
type Mappings = Spec["basePathMappings"];
type Mapping = Mappings[string];

/** Names and ARNs of certificates. */
const CERTIFICATES = [
  "certificateName",
  "certificateArn",
  "regionalCertificateName",
  "regionalCertificateArn",
] as const;

const anyEdit: readonly PatchOp[] = ["replace", "add", "remove"];

const endpointType: PatchRule = {
  path: "/endpointConfiguration/types/{type}",
  ops: ["replace", "add"],
  apply: (spec, { value = "" }) => {
    spec.endpointConfiguration = { types: [value] };
  },
};

const ipAddressType = text("/endpointConfiguration/ipAddressType");

const noun: Noun<"DomainName"> = {
  kind: "DomainName",
  name: "DomainName",
  names: "DomainNames",
  path: "/domainnames",
  idParameter: "domain_name",
  missing: () => "Invalid domain name identifier specified",
  show: ({ entity: { id, spec }, createdUnixMs }, { region, accountId }, account) => {
    const pending = statusOf(account, id, spec);
    const {
      basePathMappings: _mappings,
      routingRules: _rules,
      certificateBody,
      certificateChain: _c,
      certificatePrivateKey: _k,
      ...shown
    } = spec;
    const isPrivate = spec.endpointConfiguration.types.includes("PRIVATE");
    return compact({
      domainName: id,
      domainNameArn: isPrivate ? `arn:aws:apigateway:${region}:${accountId}:/domainnames/${id}` : undefined,
      ...shown,
      ...shownTargets(id, spec.endpointConfiguration.types, region),
      endpointConfiguration: {
        ...spec.endpointConfiguration,
        ipAddressType: ipAddressTypeOf(spec.endpointConfiguration),
      },
      certificateUploadDate: certificateBody === undefined ? undefined : timestamp(createdUnixMs),
      mutualTlsAuthentication: shownMutualTls(spec),
      domainNameStatus: pending?.status ?? "AVAILABLE",
      domainNameStatusMessage: pending?.message,
      tags: orAbsent(spec.tags),
    });
  },
  create: ({ body, region }, account) => {
    const id = member(body, "domainName", "string") ?? "";
    if (id === "") throw badRequest("No Domain Name specified");
    if (account.get("DomainName", "", id)) throw badRequest("The domain name you provided already exists.");
    const spec = readMembers(body, objectAt(kinds.DomainName.spec), ["basePathMappings", "routingRules"]);
    refuseCertificates({ account, region }, spec);
    return { id, spec };
  },
  patch: ({ entity: { spec } }, account, { region }) => ({
    check: (patched) => refuseCertificates({ account, region }, patched, spec),
    refusal: refusalA,
    rules: [
      // Terraform replaces by an empty string what a domain no longer has, as that of an EDGE domain that becomes REGIONAL.
      ...[...CERTIFICATES, "ownershipVerificationCertificateArn"].map((name) =>
        clearable(`/${name}`, anyEdit),
      ),
      ...["/securityPolicy", "/endpointAccessMode", "/routingMode"].map((path) => text(path)),
      clearable("/policy"),
      text("/mutualTlsAuthentication/truststoreUri", ["replace", "add"]),
      text("/mutualTlsAuthentication/truststoreVersion", anyEdit),
      {
        path: "/mutualTlsAuthentication",
        ops: ["remove"],
        apply: (spec) => {
          delete spec.mutualTlsAuthentication;
        },
      },
      endpointType,
      ipAddressType,
    ],
  }),
};

const MAPPINGS = "/domainnames/{domain_name}/basepathmappings";
const ONE_MAPPING = `${MAPPINGS}/{base_path}`;

/** The id of any API appears as restApiId, as on AWS. */
const showMapping = (basePath: string, { restApiId, apiId, stage }: Mapping): JsonObject =>
  compact({ basePath, restApiId: restApiId ?? apiId, stage });

const mappingsOf = (account: AccountView, request: AwsRequest): Mappings =>
  found(noun, account, request).entity.spec.basePathMappings;

function mappingOf(account: AccountView, request: AwsRequest): Mapping {
  const mappings = mappingsOf(account, request);
  const basePath = pathParameter(request, "base_path");
  const mapping = Object.hasOwn(mappings, basePath) ? mappings[basePath] : undefined;
  if (!mapping) throw notFound("Invalid base path mapping identifier specified");
  return mapping;
}

/** The protocols that the mappings of a domain lead to. */
const protocolsOf = (account: AccountView, mappings: readonly Mapping[]): ReadonlySet<string> =>
  new Set(
    mappings.map(({ apiId = "" }) => account.get("Api", "", apiId)?.entity.spec.protocolType ?? "REST"),
  );

/** Only version 2 lets APIs of different protocols share a domain (serverless/serverless #7459 quotes AWS). */
function refuseMixture(account: AccountView, mapping: Mapping, others: Mappings): void {
  if (protocolsOf(account, [mapping, ...Object.values(others)]).size > 1)
    throw badRequest(
      "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. This must also occur through API Gateway's V2 DomainName interface.",
    );
}

/** A mapping to an API of any kind, which must exist. */
function checkedMapping(
  account: AccountView,
  { basePath, id, stage }: { basePath: string; id: string; stage: string | undefined },
): Mapping {
  if (basePath.includes("/"))
    throw badRequest(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    );
  const isHttp = account.get("Api", "", id) !== undefined;
  if (!isHttp && !account.get("RestApi", "", id)) throw badRequest("Invalid REST API identifier specified");
  const isMissing = stage !== undefined && !account.get(isHttp ? "ApiStage" : "Stage", id, stage);
  if (isMissing || (isHttp && stage === undefined)) throw badRequest("Invalid stage identifier specified");
  return compact({ [isHttp ? "apiId" : "restApiId"]: id, stage }) as Mapping;
}

/** Changes the mappings of a domain. */
async function edit(
  request: AwsRequest,
  change: (mappings: Mappings, account: AccountView) => Mappings,
): Promise<void> {
  await request.application.change(request.accountId, (present) => {
    const { entity } = found(noun, present, request) as Stored<"DomainName">;
    const basePathMappings = change(entity.spec.basePathMappings, present);
    return { puts: [{ ...entity, spec: { ...entity.spec, basePathMappings } }] };
  });
}

const without = (mappings: Mappings, basePath: string): Mappings =>
  Object.fromEntries(Object.entries(mappings).filter(([key]) => key !== basePath));

async function createMapping(request: AwsRequest): Promise<JsonObject> {
  const basePath = member(request.body, "basePath", "string") || NO_BASE_PATH;
  const id = member(request.body, "restApiId", "string") ?? "";
  const stage = member(request.body, "stage", "string") || undefined;
  let shown: JsonObject = {};
  await edit(request, (mappings, account) => {
    const mapping = checkedMapping(account, { basePath, id, stage });
    shown = showMapping(basePath, mapping);
    if (Object.hasOwn(mappings, basePath)) throw conflict("Base path already exists for this domain name");
    refuseMixture(account, mapping, mappings);
    return { ...mappings, [basePath]: mapping };
  });
  return shown;
}

async function updateMapping(request: AwsRequest): Promise<JsonObject> {
  const old = pathParameter(request, "base_path");
  let shown: JsonObject = {};
  await edit(request, (mappings, account) => {
    // Patch paths say restapiId, the shape restApiId.
    const { restApiId, apiId, stage } = mappingOf(account, request);
    const restapiId = restApiId ?? apiId;
    const patched = applyPatch({ basePath: old, restapiId, stage }, request.body, {
      rules: ["/basePath", "/restapiId", "/stage"].map((path) => text(path)),
      refusal: refusalA,
    }) as { basePath: string; restapiId: string; stage?: string };
    const basePath = patched.basePath || NO_BASE_PATH;
    const mapping = checkedMapping(account, {
      basePath,
      id: patched.restapiId,
      stage: patched.stage || undefined,
    });
    const others = without(mappings, old);
    if (Object.hasOwn(others, basePath)) throw conflict("Base path already exists for this domain name");
    refuseMixture(account, mapping, others);
    shown = showMapping(basePath, mapping);
    return { ...others, [basePath]: mapping };
  });
  return shown;
}

/** domainNameOperations are the operations of custom domains and their base path mappings. */
export const domainNameOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "GetBasePathMappings",
    method: "GET",
    path: MAPPINGS,
    status: 200,
    run: (request) => {
      const mappings = mappingsOf(request.application.account(request.accountId), request);
      const items = Object.entries(mappings).map(([basePath, mapping]) => showMapping(basePath, mapping));
      return page(request, items, ({ basePath }) => String(basePath));
    },
  },
  { name: "CreateBasePathMapping", method: "POST", path: MAPPINGS, status: 201, run: createMapping },
  {
    name: "GetBasePathMapping",
    method: "GET",
    path: ONE_MAPPING,
    status: 200,
    run: (request) =>
      showMapping(
        pathParameter(request, "base_path"),
        mappingOf(request.application.account(request.accountId), request),
      ),
  },
  { name: "UpdateBasePathMapping", method: "PATCH", path: ONE_MAPPING, status: 200, run: updateMapping },
  {
    name: "DeleteBasePathMapping",
    method: "DELETE",
    path: ONE_MAPPING,
    status: 202,
    run: async (request) => {
      await edit(request, (mappings, account) => {
        mappingOf(account, request);
        return without(mappings, pathParameter(request, "base_path"));
      });
      return undefined;
    },
  },
];
