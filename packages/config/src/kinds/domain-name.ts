import { z } from "zod";
import { domainArtifactName } from "../artifact-name.ts";
import { certificateIdIn } from "../certificate/arn.ts";
import { defineKind, type EntityPart, type Mention } from "../define-kind.ts";
import { mutualTls } from "../domain-name/mutual-tls.ts";
import { routingRule } from "../domain-name/routing-rule.ts";
import { usableTruststore } from "../domain-name/truststore.ts";
import { checkUploaded, type UploadedCertificate, uploadedOf } from "../domain-name/uploaded.ts";
import { facts } from "../facts.ts";
import { isJsonObject } from "../json-text.ts";
import { raise } from "../problem.ts";
import { endpointConfiguration } from "../rest-api/endpoint-configuration.ts";
import { tags } from "../tags.ts";
import { Api } from "./api.ts";
import { ApiStage } from "./api-stage.ts";
import { Certificate } from "./certificate.ts";
import { CertificateRequest } from "./certificate-request.ts";
import { RestApi } from "./rest-api.ts";
import { Stage } from "./stage.ts";

/** Key of the mapping that has no base path, as AWS writes it. */
export const NO_BASE_PATH = "(none)";

const BASE_PATH = /^(\(none\)|[A-Za-z0-9$_.+!*'()-]+(\/[A-Za-z0-9$_.+!*'()-]+)*)$/;

/** The API and stage of a base path. The stage is required for an HTTP or WebSocket API. */
const basePathMapping = z
  .strictObject({
    /** The id by which clients of apigatewayv2 name it; absent: one that is derived from the domain and the base path. */
    apiMappingId: z
      .string()
      .regex(/^[a-z0-9]{6,10}$/, "must be 6 to 10 characters of a-z and 0-9")
      .optional(),
    restApiId: z.string().min(1).optional(),
    apiId: z.string().min(1).optional(),
    stage: z.string().min(1).optional(),
  })
  .superRefine(({ restApiId, apiId, stage }, context) => {
    if ((restApiId === undefined) === (apiId === undefined)) raise(context, facts.API_ID_REQUIRED());
    if (apiId !== undefined && stage === undefined)
      raise(
        context,
        facts.REQUIRED_WITH({
          condition: "with apiId: set the stage of the HTTP or WebSocket API, such as $default",
        }),
        ["stage"],
      );
  });

const spec = z
  .strictObject({
    /** API and stage by base path, or by (none). Without a stage, the next path segment names it. */
    basePathMappings: z
      .record(
        z
          .string()
          .regex(BASE_PATH, "a base path must not begin or end with a slash: use shop, shop/v1 or (none)"),
        basePathMapping,
      )
      .default({}),
    /** Names of certificates are stored and returned as clients wrote them. An ARN of this account, or an id, names a Certificate; those of other accounts are only returned. */
    certificateName: z.string().min(1).optional(),
    certificateArn: z.string().min(1).optional(),
    regionalCertificateName: z.string().min(1).optional(),
    regionalCertificateArn: z.string().min(1).optional(),
    ownershipVerificationCertificateArn: z.string().min(1).optional(),
    /** A certificate that was uploaded with its key, PEM. It is presented where no other one is named. */
    certificateBody: z.string().max(65_536).optional(),
    certificateChain: z.string().max(2_097_152).optional(),
    /** A secret. If absent, the stored one is kept. */
    certificatePrivateKey: z.string().max(65_536).optional(),
    endpointConfiguration: endpointConfiguration.default({ types: ["EDGE"] }),
    securityPolicy: z.string().min(1).optional(),
    endpointAccessMode: z.enum(["BASIC", "STRICT"]).optional(),
    routingMode: z
      .enum(["BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"])
      .optional(),
    /** By their ids. Each has its own priority. */
    routingRules: z
      .record(
        z.string().regex(/^[a-z0-9]{1,10}$/, "an id must be 1 to 10 characters of a-z and 0-9"),
        routingRule,
      )
      .superRefine((rules, context) => {
        const taken = new Set<number>();
        for (const [id, { priority }] of Object.entries(rules)) {
          if (taken.has(priority))
            raise(context, facts.LISTED_TWICE({ name: String(priority) }), [id, "priority"]);
          taken.add(priority);
        }
      })
      .optional(),
    /** Callers must show certificates of these authorities. A truststore that cannot be read yet is stored, and all calls of the domain are refused. */
    mutualTlsAuthentication: mutualTls.optional(),
    /** Who may call a private domain, JSON. Without it, nobody may. */
    policy: z.string().max(8192).refine(isJsonObject, "must be a policy document as JSON").optional(),
    tags: tags.optional(),
  })
  .superRefine((uploaded, context) => {
    const [problem, member] = checkUploaded(uploaded) ?? [];
    if (problem && member) raise(context, problem, [member]);
  });

type Spec = z.output<typeof spec>;

const isPrivateDomain = ({ types }: Spec["endpointConfiguration"]): boolean => types.includes("PRIVATE");

/** pendingOf is why the calls of a domain are not served; undefined: they are. It requires a protection that it cannot have yet. */
export function pendingOf({
  mutualTlsAuthentication: mutual,
  policy,
  endpointConfiguration,
}: Spec): string | undefined {
  if (policy !== undefined && !isPrivateDomain(endpointConfiguration))
    return "only private domains have a policy: until it is removed, the gateway does not respond to calls to this domain";
  if (mutual && mutual.truststore === undefined)
    return `the truststore ${mutual.truststoreUri} has not been read, as there is no ServiceEndpoint of s3, and no folder for its bucket: until it is written again and can be read, the gateway does not respond to calls to this domain`;
  return undefined;
}

/** BasePathMapping maps one base path of a custom domain to a stage. */
export interface BasePathMapping {
  /** The base path without slashes at its ends; empty for the mapping without a base path. */
  readonly basePath: string;
  readonly apiId: string;
  /** undefined: the next path segment names it. */
  readonly stage: string | undefined;
  /** Of a routing rule: each group must hold, by any of its headers. */
  readonly headers?: readonly (readonly HeaderMatch[])[];
  /** Of a routing rule: the base path stays a part of the path. */
  readonly keepsPath?: boolean;
  /** Of a routing rule. */
  readonly ruleId?: string;
}

/** HeaderMatch is a header by its lower-case name, and its value, which may have * at its ends. */
export interface HeaderMatch {
  readonly name: string;
  readonly valueGlob: string;
}

/** DomainConfig is a custom domain as it is delivered, the longest base path first. */
export interface DomainConfig {
  readonly domainName: string;
  readonly mappings: readonly BasePathMapping[];
  /** What it presents with HTTPS; absent: what names without one present. */
  readonly certificate?: { readonly accountId: string; readonly id: string };
  /** The same, where it was uploaded with the domain, PEM. */
  readonly uploaded?: UploadedCertificate;
  readonly securityPolicy?: string;
  /** PEM: the authorities that must have certified its callers; absent: callers need no certificate. */
  readonly truststore?: string;
  /** Only private networks reach it. What leads to its APIs is in `access`, so that a node that knows of no policies of domains serves none of them. */
  readonly isPrivate?: true;
  readonly access?: PrivateDomainConfig;
  /** Edge nodes lead to it as well. */
  readonly isEdge?: true;
  /** Calls must have the name that their client asked for in its handshake. */
  readonly isStrict?: true;
  /** What is tried before the mappings, in this order. */
  readonly rules?: readonly BasePathMapping[];
}

/** PrivateDomainConfig is who may call a private domain, and what it leads to. VPC endpoints with access are delivered with its account. */
export interface PrivateDomainConfig extends Pick<DomainConfig, "mappings" | "rules"> {
  readonly accountId: string;
  /** JSON; absent: nobody may call it. */
  readonly policy?: string;
}

const slashless = (path: string) => path.replace(/^\/+|\/+$/g, "");

/** Routing rules as mappings with conditions, by priority and then the longest base path first. */
function rulesOf({ routingMode, routingRules = {} }: Spec): readonly BasePathMapping[] {
  if (routingMode === undefined || routingMode === "BASE_PATH_MAPPING_ONLY") return [];
  const rules = Object.entries(routingRules).sort(([, a], [, b]) => a.priority - b.priority);
  return rules.flatMap(([ruleId, { conditions, actions }]) => {
    const headers = conditions.flatMap(({ matchHeaders }) =>
      matchHeaders
        ? [matchHeaders.anyOf.map(({ header, valueGlob }) => ({ name: header.toLowerCase(), valueGlob }))]
        : [],
    );
    const basePaths = conditions.flatMap(({ matchBasePaths }) => matchBasePaths?.anyOf.map(slashless) ?? []);
    const longestFirst = basePaths.length === 0 ? [""] : basePaths.sort((a, b) => b.length - a.length);
    return actions.flatMap(({ invokeApi: { apiId, stage, stripBasePath } }) =>
      longestFirst.map((basePath) => ({
        basePath,
        apiId,
        stage,
        headers,
        keepsPath: !stripBasePath,
        ruleId,
      })),
    );
  });
}

/** certificateOf is the certificate that a domain names, by an ARN or an id; undefined: none of its account. */
export function certificateOf(spec: Spec, accountId: string): string | undefined {
  const named = spec.regionalCertificateArn ?? spec.certificateArn;
  return named === undefined ? undefined : certificateIdIn(named, accountId);
}

function domainConfigOf(accountId: string, { id, spec }: EntityPart<Spec>): DomainConfig | undefined {
  if (pendingOf(spec) !== undefined) return undefined;
  const mappings = Object.entries(spec.basePathMappings)
    .map(([key, { restApiId, apiId = "", stage }]) => ({
      basePath: key === NO_BASE_PATH ? "" : key,
      apiId: restApiId ?? apiId,
      stage,
    }))
    .sort((a, b) => b.basePath.length - a.basePath.length);
  const rules = rulesOf(spec);
  const certificateId = certificateOf(spec, accountId);
  const uploaded = uploadedOf(accountId, spec);
  const { securityPolicy, mutualTlsAuthentication: mutual, endpointAccessMode, policy } = spec;
  const leads = {
    mappings: spec.routingMode === "ROUTING_RULE_ONLY" ? [] : mappings,
    ...(rules.length > 0 ? { rules } : {}),
  };
  return {
    domainName: id,
    ...(certificateId === undefined ? {} : { certificate: { accountId, id: certificateId } }),
    ...(uploaded ? { uploaded } : {}),
    ...(securityPolicy === undefined ? {} : { securityPolicy }),
    ...(mutual?.truststore === undefined ? {} : { truststore: usableTruststore(mutual.truststore) }),
    ...(endpointAccessMode === "STRICT" ? { isStrict: true } : {}),
    ...(spec.endpointConfiguration.types.includes("EDGE") ? { isEdge: true } : {}),
    ...(isPrivateDomain(spec.endpointConfiguration)
      ? {
          isPrivate: true,
          mappings: [],
          access: { accountId, ...(policy === undefined ? {} : { policy }), ...leads },
        }
      : leads),
  };
}

type Mapping = Spec["basePathMappings"][string];

/** References of the base paths to entities of one kind. */
const mapped =
  (mentionOf: (mapping: Mapping) => Omit<Mention, "at">) =>
  ({ spec }: EntityPart<Spec>): Mention[] =>
    Object.entries(spec.basePathMappings).map(([basePath, mapping]) => ({
      ...mentionOf(mapping),
      at: `basePathMappings.${basePath}`,
    }));

/** Certificates that are named by their ids; those that are by ARNs are checked where the account is known. */
const certificates = ({ spec }: EntityPart<Spec>): Mention[] =>
  (["regionalCertificateArn", "certificateArn"] as const).map((at) => ({
    id: spec[at]?.startsWith("arn:") ? undefined : spec[at],
    at,
  }));

/** The stages that the rules of a domain send calls to. */
const ruled = ({ spec }: EntityPart<Spec>): Mention[] =>
  Object.entries(spec.routingRules ?? {}).flatMap(([id, { actions }]) =>
    actions.map(({ invokeApi: { apiId, stage } }, i) => ({
      apiId,
      id: stage,
      at: `routingRules.${id}.actions[${i}]`,
    })),
  );

/** The stage of a mapping to an API of one protocol. */
const stageOf = (apiId: string | undefined, stage: string | undefined): Omit<Mention, "at"> =>
  apiId === undefined ? { id: undefined } : { apiId, id: stage };

export const DomainName = defineKind({
  name: "DomainName",
  about: "A custom domain: the Host of its calls, and the stage of each of its base paths.",
  spec,
  collection: "domainnames",
  id: {
    pattern: /^(?=.{1,253}$)(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
    help: "is the domain and must be a lower-case host name, such as api.example.com or *.example.com",
  },
  references: [
    { to: Certificate, or: CertificateRequest, of: certificates },
    {
      to: RestApi,
      of: mapped(({ restApiId, stage }) => ({ id: stage === undefined ? restApiId : undefined })),
    },
    { to: Stage, of: mapped(({ restApiId, stage }) => stageOf(restApiId, stage)) },
    { to: Stage, of: ruled },
    { to: Api, of: mapped(({ apiId, stage }) => ({ id: stage === undefined ? apiId : undefined })) },
    { to: ApiStage, of: mapped(({ apiId, stage }) => stageOf(apiId, stage)) },
  ],
  quota: "domainNames",
  delivery: {
    within: "itself",
    nameOf: (_accountId, { id }) => domainArtifactName(id),
    contentOf: domainConfigOf,
  },
  secret: { path: ["certificatePrivateKey"] },
});
