import type { Api } from "./api/api.ts";
import { apiMember, isKindOf, kindRule, type Entity, type EntityRef, type SpecOf } from "./entity.ts";
import type { Integration } from "./rest-api/integration.ts";
import type { Problem } from "./problem.ts";

/** Reference is one entity's mention of another. */
export interface Reference {
  readonly to: EntityRef;
  /** Where it stands, for a problem. */
  readonly path: string;
}

type BasePathMappings = SpecOf<"DomainName">["basePathMappings"];

/** Models that every API has from the start. */
const BUILT_IN_MODELS = new Set(["Empty", "Error"]);

/** The VPC link that an integration names itself; a stage variable is looked up when it is compiled. */
function vpcLinkOf(integration: Integration | Api["integrations"][string] | undefined): string | undefined {
  if (!integration || !("connectionType" in integration) || integration.connectionType !== "VPC_LINK")
    return undefined;
  const { connectionId } = integration;
  return connectionId?.includes("${") ? undefined : connectionId;
}

/** What a base path of a domain leads to. */
function mappedTo({ restApiId, apiId, stage }: BasePathMappings[string]): EntityRef {
  const id = restApiId ?? apiId ?? "";
  const isRest = restApiId !== undefined;
  return stage === undefined
    ? { kind: isRest ? "RestApi" : "Api", apiId: "", id }
    : { kind: isRest ? "Stage" : "ApiStage", apiId: id, id: stage };
}

/** referencesOf lists everything that must exist for an entity to make sense. */
export function referencesOf(entity: Entity): readonly Reference[] {
  const references: Reference[] = [];
  const at = `${entity.kind}/${entity.id}`;
  const { apiId } = entity;
  const { parent } = kindRule(entity.kind);
  if (parent)
    references.push({ to: { kind: parent, apiId: "", id: apiId }, path: `${at}.${apiMember(entity.kind)}` });
  if (isKindOf(entity, "Stage"))
    references.push({
      to: { kind: "Deployment", apiId, id: entity.spec.deploymentId },
      path: `${at}.deploymentId`,
    });
  if (isKindOf(entity, "Stage")) {
    const { canarySettings, clientCertificateId, documentationVersion } = entity.spec;
    if (documentationVersion !== undefined)
      references.push({
        to: { kind: "DocumentationVersion", apiId, id: documentationVersion },
        path: `${at}.documentationVersion`,
      });
    if (canarySettings)
      references.push({
        to: { kind: "Deployment", apiId, id: canarySettings.deploymentId },
        path: `${at}.canarySettings.deploymentId`,
      });
    if (clientCertificateId !== undefined)
      references.push({
        to: { kind: "ClientCertificate", apiId: "", id: clientCertificateId },
        path: `${at}.clientCertificateId`,
      });
  }
  if (isKindOf(entity, "Api"))
    for (const [id, integration] of Object.entries(entity.spec.integrations)) {
      const link = vpcLinkOf(integration);
      if (link !== undefined)
        references.push({
          to: { kind: "VpcLink", apiId: "", id: link },
          path: `${at}.integrations.${id}.connectionId`,
        });
    }
  if (isKindOf(entity, "ApiStage")) {
    const { deploymentId, clientCertificateId } = entity.spec;
    if (deploymentId !== undefined)
      references.push({
        to: { kind: "ApiDeployment", apiId, id: deploymentId },
        path: `${at}.deploymentId`,
      });
    if (clientCertificateId !== undefined)
      references.push({
        to: { kind: "ClientCertificate", apiId: "", id: clientCertificateId },
        path: `${at}.clientCertificateId`,
      });
  }
  if (isKindOf(entity, "DomainName"))
    for (const [basePath, mapping] of Object.entries(entity.spec.basePathMappings))
      references.push({ to: mappedTo(mapping), path: `${at}.basePathMappings.${basePath}` });
  if (isKindOf(entity, "User"))
    for (const [i, id] of entity.spec.groups.entries())
      references.push({ to: { kind: "Group", apiId: "", id }, path: `${at}.groups[${i}]` });
  if (isKindOf(entity, "User") || isKindOf(entity, "Group") || isKindOf(entity, "Role"))
    // Those of arn:aws:iam::aws:policy are in no account.
    for (const [i, arn] of entity.spec.managedPolicyArns.entries())
      if (!/^arn:aws[a-z-]*:iam::aws:/.test(arn))
        references.push({
          to: { kind: "ManagedPolicy", apiId: "", id: arn.split("/").at(-1) ?? "" },
          path: `${at}.managedPolicyArns[${i}]`,
        });
  if (isKindOf(entity, "DomainNameAccessAssociation"))
    references.push({
      to: { kind: "DomainName", apiId: "", id: entity.spec.domainName },
      path: `${at}.domainName`,
    });
  if (isKindOf(entity, "UsagePlan"))
    for (const [i, { apiId, stage }] of entity.spec.apiStages.entries())
      references.push({ to: { kind: "Stage", apiId, id: stage }, path: `${at}.apiStages[${i}]` });
  if (isKindOf(entity, "ApiKey"))
    for (const [i, id] of entity.spec.usagePlanIds.entries())
      references.push({ to: { kind: "UsagePlan", apiId: "", id }, path: `${at}.usagePlanIds[${i}]` });
  if (isKindOf(entity, "Resource")) {
    const addModel = (id: string, path: string) => {
      if (!BUILT_IN_MODELS.has(id)) references.push({ to: { kind: "Model", apiId, id }, path });
    };
    for (const [verb, method] of Object.entries(entity.spec.methods)) {
      if (method.authorizerId !== undefined)
        references.push({
          to: { kind: "Authorizer", apiId, id: method.authorizerId },
          path: `${at}.methods.${verb}.authorizerId`,
        });
      if (method.requestValidatorId !== undefined)
        references.push({
          to: { kind: "RequestValidator", apiId, id: method.requestValidatorId },
          path: `${at}.methods.${verb}.requestValidatorId`,
        });
      const link = vpcLinkOf(method.integration);
      if (link !== undefined)
        references.push({
          to: { kind: "VpcLink", apiId: "", id: link },
          path: `${at}.methods.${verb}.integration.connectionId`,
        });
      for (const [type, id] of Object.entries(method.requestModels))
        addModel(id, `${at}.methods.${verb}.requestModels.${type}`);
      for (const [status, response] of Object.entries(method.methodResponses))
        for (const [type, id] of Object.entries(response.responseModels))
          addModel(id, `${at}.methods.${verb}.methodResponses.${status}.responseModels.${type}`);
    }
  }
  return references;
}

/** danglingProblem words a reference to nothing. */
export function danglingProblem({ to, path }: Reference): Problem {
  const where = to.apiId ? ` in API '${to.apiId}'` : "";
  return {
    path,
    message: `there is no ${to.kind} '${to.id}'${where}: apply it in the same request or before`,
  };
}
