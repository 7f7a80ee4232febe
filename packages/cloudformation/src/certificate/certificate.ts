import { z } from "zod";
import { certificateArn, kinds, objectAt, uuidOf } from "@tollgate/config";
import { tagList } from "../properties.ts";
import { resourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

const idOf = ({ logicalId }: TemplateResource, { stack: { accountId, name } }: StackDraft): string =>
  uuidOf(`${accountId}/${name}/${logicalId}`);

const arnOf = (resource: TemplateResource, draft: StackDraft): string =>
  certificateArn(draft.stack.region, draft.stack.accountId, idOf(resource, draft));

/** How names are proved is for the authority and the gateway to agree on: by the nodes, and wildcards by DNS. */
const proof = z.unknown().optional();

/** AWS::CertificateManager::Certificate: issued once the stack is there. */
export const certificate = resourceType({
  ref: arnOf,
  attributes: { CertificateArn: arnOf },
  spec: objectAt(kinds.CertificateRequest.spec),
  own: z.object({
    domainName: z.string(),
    subjectAlternativeNames: z.array(z.string()).optional(),
    certificateAuthorityArn: z.string().optional(),
    keyAlgorithm: z
      .enum(["RSA_2048", "EC_prime256v1"], { error: "must be RSA_2048 or EC_prime256v1" })
      .default("RSA_2048"),
    validationMethod: proof,
    domainValidationOptions: proof,
    certificateTransparencyLoggingPreference: proof,
    certificateExport: proof,
  }),
  exceptions: {
    names: { absent: "DomainName and SubjectAlternativeNames are the names" },
    keyType: { absent: "KeyAlgorithm is the type of the key" },
    authority: { absent: "CertificateAuthorityArn names the internal authority" },
    progress: { absent: "control planes write it" },
    validation: { absent: "the gateway decides: by the nodes, and wildcards by DNS" },
    tags: tagList,
  },
  emit({ resource, spec, own }, draft) {
    const { domainName, subjectAlternativeNames = [], certificateAuthorityArn, keyAlgorithm } = own;
    const names = [...new Set([domainName, ...subjectAlternativeNames].map((name) => name.toLowerCase()))];
    const authority = certificateAuthorityArn === undefined ? {} : { authority: "INTERNAL" };
    draft.put(
      {
        kind: "CertificateRequest",
        id: idOf(resource, draft),
        spec: { ...spec, names, keyType: keyAlgorithm, ...authority },
      },
      resource,
    );
  },
});
