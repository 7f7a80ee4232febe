import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { resourceType } from "../resource-type.ts";
import { domainOf } from "../rest-api/domain-name.ts";
import { shown } from "../shown.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

const arnOf = (resource: TemplateResource, { stack }: StackDraft) =>
  `arn:aws:apigateway:${stack.region}:${stack.accountId}:/domainnames/${domainOf(shown(resource.property("DomainNameArn")))}/routingrules/${resource.stableId}`;

/** AWS::ApiGatewayV2::RoutingRule: a rule of a custom domain, which sends calls to stages of REST APIs. */
export const routingRule = resourceType({
  ref: arnOf,
  attributes: { RoutingRuleArn: arnOf, RoutingRuleId: ({ stableId }) => stableId },
  spec: objectAt(kinds.DomainName.spec, ["routingRules", "*"]),
  own: z.object({ domainNameArn: z.string() }),
  emit({ resource, spec, own: { domainNameArn } }, draft) {
    const domain = draft.domain(domainOf(domainNameArn), resource, "routing rules");
    if (!domain) return;
    domain.routingRules = { ...(domain.routingRules as object | undefined), [resource.stableId]: spec };
  },
});
