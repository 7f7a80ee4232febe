import { z } from "zod";
import { idOfArn, isForeignArn, kinds, logging, objectAt } from "@tollgate/config";
import { tagList } from "../properties.ts";
import { type ResourceType, resourceType } from "../resource-type.ts";
import { GLOBAL, isForCloudFront, nameOf, shapeWithRules, statement, wafNames } from "./names.ts";

const own = z.object({
  name: z.string().optional(),
  scope: z.literal("REGIONAL", { error: "must be REGIONAL, or CLOUDFRONT" }),
});

/** ofRegion is a type of which nothing is created for CloudFront. */
function ofRegion(rule: Parameters<typeof resourceType<typeof own>>[0]): ResourceType {
  const type = resourceType(rule);
  return {
    ...type,
    emit(resource, properties, draft) {
      if (!isForCloudFront(resource)) return type.emit(resource, properties, draft);
      draft.findings.add("info", resource.at, "is for CloudFront: nothing is created for it");
    },
  };
}

/** AWS::WAFv2::IPSet. */
export const ipSet = ofRegion({
  ...wafNames("ipset"),
  spec: objectAt(kinds.IpSet.spec),
  own,
  exceptions: { ipAddressVersion: { property: "IPAddressVersion" }, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "IpSet", id: nameOf(resource, draft), spec }, resource),
});

/** AWS::WAFv2::RegexPatternSet. */
export const regexPatternSet = ofRegion({
  ...wafNames("regexpatternset"),
  spec: objectAt(kinds.RegexPatternSet.spec),
  own,
  exceptions: { regularExpressions: { property: "RegularExpressionList" }, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "RegexPatternSet", id: nameOf(resource, draft), spec }, resource),
});

/** AWS::WAFv2::RuleGroup. */
export const ruleGroup = ofRegion({
  ...wafNames("rulegroup"),
  spec: shapeWithRules(kinds.RuleGroup.spec),
  own,
  exceptions: { "rules.statement": statement, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "RuleGroup", id: nameOf(resource, draft), spec }, resource),
});

/** AWS::WAFv2::WebACL. */
export const webAcl = ofRegion({
  ...wafNames("webacl"),
  spec: shapeWithRules(kinds.WebAcl.spec),
  own,
  exceptions: { "rules.statement": statement, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "WebAcl", id: nameOf(resource, draft), spec }, resource),
});

const STAGE_ARN = /^arn:[^:]+:apigateway:[^:]*::\/restapis\/([^/]+)\/stages\/([^/]+)$/;

/** AWS::WAFv2::WebACLAssociation: the web ACL of a stage, which must be in the same template. */
export const webAclAssociation = resourceType({
  ref: (resource) => `${String(resource.property("WebACLArn"))}|${String(resource.property("ResourceArn"))}`,
  own: z.object({ resourceArn: z.string(), webACLArn: z.string() }),
  emit({ resource, own: { resourceArn, webACLArn } }, draft) {
    const [, apiId, stage] = STAGE_ARN.exec(resourceArn) ?? [];
    const spec = apiId && stage && draft.specOf("Stage", apiId, stage);
    if (isForeignArn(webACLArn, draft.stack, "webacl"))
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "WebACLArn"],
        `'${webACLArn}' is not the ARN of a web ACL of account ${draft.stack.accountId} and region ${draft.stack.region}`,
      );
    else if (spec) spec.webAclId = idOfArn(webACLArn);
    else
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "ResourceArn"],
        apiId
          ? `'${resourceArn}' is not a stage of this template: put both into one template, or call AssociateWebACL`
          : `'${resourceArn}' must be the ARN of a stage of a REST API: arn:aws:apigateway:{region}::/restapis/{api}/stages/{stage}`,
      );
  },
});

/** AWS::WAFv2::LoggingConfiguration: where and what a web ACL of the same template logs. */
export const loggingConfiguration = resourceType({
  ref: (resource) => String(resource.property("ResourceArn")),
  spec: objectAt(logging),
  own: z.object({ resourceArn: z.string() }),
  emit({ resource, spec, own: { resourceArn } }, draft) {
    if (resourceArn.includes(GLOBAL)) return;
    const webAcl = isForeignArn(resourceArn, draft.stack, "webacl")
      ? undefined
      : draft.specOf("WebAcl", "", idOfArn(resourceArn));
    if (webAcl) webAcl.logging = spec;
    else
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "ResourceArn"],
        `'${resourceArn}' is not the ARN of a web ACL of this template: put both into one template, or call PutLoggingConfiguration`,
      );
  },
});
