import { z } from "zod";
import { compact, tags, text, texts } from "../properties.ts";
import { resourceType } from "../resource-type.ts";

const linkProperties = z.strictObject({
  Description: text.optional(),
  Name: text,
  Tags: tags.optional(),
  TargetArns: texts,
});

/** AWS::ApiGateway::VpcLink. Its targets are URLs here, for there are no load balancers to ask. */
export const vpcLink = resourceType<z.output<typeof linkProperties>>({
  properties: linkProperties,
  ref: ({ stableId }) => stableId,
  attributes: { VpcLinkId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const spec = compact({
      name: given.Name,
      description: given.Description,
      targets: given.TargetArns,
      tags: given.Tags,
    });
    draft.put({ kind: "VpcLink", id: resource.stableId, spec }, resource);
  },
});

const certificateProperties = z.strictObject({ Description: text.optional(), Tags: tags.optional() });

/** AWS::ApiGateway::ClientCertificate. */
export const clientCertificate = resourceType<z.output<typeof certificateProperties>>({
  properties: certificateProperties,
  ref: ({ stableId }) => stableId,
  attributes: { ClientCertificateId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const spec = compact({ description: given.Description, tags: given.Tags });
    draft.put({ kind: "ClientCertificate", id: resource.stableId, spec }, resource);
  },
});

const accountProperties = z.strictObject({ CloudWatchRoleArn: text.optional() });

/** AWS::ApiGateway::Account: the account has one, whichever stack writes it. */
export const account = resourceType<z.output<typeof accountProperties>>({
  properties: accountProperties,
  ref: () => "account",
  attributes: { Id: () => "account" },
  emit(resource, _given, draft) {
    draft.findings.add(
      "info",
      resource.at,
      "has no effect: logs are written by the nodes, and no role is needed for them",
    );
  },
});
