import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newApiId, shortIdRule } from "../identifier.ts";
import { tags } from "../tags.ts";
import { DomainName } from "./domain-name.ts";

const spec = z.strictObject({
  domainName: z.string().min(1),
  accessAssociationSourceType: z.enum(["VPCE"]),
  /** Id of the VPC endpoint, such as vpce-0a1b2c3d. */
  accessAssociationSource: z
    .string()
    .regex(/^vpce-[a-z0-9]+$/, "must be the id of a VPC endpoint, such as vpce-0a1b2c3d"),
  tags: tags.optional(),
});

export const DomainNameAccessAssociation = defineKind({
  name: "DomainNameAccessAssociation",
  about: "A VPC endpoint that may call a private custom domain (AWS: DomainNameAccessAssociation).",
  spec,
  collection: "domainnameaccessassociations",
  id: shortIdRule(newApiId),
  references: [{ to: DomainName, of: ({ spec }) => [{ id: spec.domainName, at: "domainName" }] }],
  quota: "domainNameAccessAssociations",
  delivery: { within: "account" },
});
