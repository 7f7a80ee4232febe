type Required = Readonly<Record<string, readonly string[]>>;

/** The members of a body that an operation requires, a structure before its own members (AWS: API Gateway V1 API reference). */
export const REQUIRED_IN_BODY: Required = {
  CreateAuthorizer: ["name", "type"],
  CreateBasePathMapping: ["restApiId"],
  CreateDocumentationPart: ["location", "location.type", "properties"],
  CreateDocumentationVersion: ["documentationVersion"],
  CreateDomainName: ["domainName"],
  CreateDomainNameAccessAssociation: [
    "domainNameArn",
    "accessAssociationSourceType",
    "accessAssociationSource",
  ],
  CreateModel: ["name", "contentType"],
  CreateResource: ["pathPart"],
  CreateRestApi: ["name"],
  CreateStage: ["stageName", "deploymentId"],
  CreateUsagePlan: ["name"],
  CreateUsagePlanKey: ["keyId", "keyType"],
  CreateVpcLink: ["name", "targetArns"],
  PutIntegration: ["type"],
  PutMethod: ["authorizationType"],
  TagResource: ["tags"],
};

/** The same of its query. */
export const REQUIRED_IN_QUERY: Required = {
  GetUsage: ["startDate", "endDate"],
  ImportApiKeys: ["format"],
  RejectDomainNameAccessAssociation: ["domainNameAccessAssociationArn", "domainNameArn"],
  UntagResource: ["tagKeys"],
};
