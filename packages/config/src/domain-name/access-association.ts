import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";

/** A VPC endpoint that may call a private custom domain (AWS: DomainNameAccessAssociation). */
export const domainNameAccessAssociationSpec = z.strictObject({
  domainName: z.string().min(1),
  accessAssociationSourceType: z.enum(["VPCE"]),
  /** Id of the VPC endpoint, such as vpce-0a1b2c3d. */
  accessAssociationSource: z
    .string()
    .regex(/^vpce-[a-z0-9]+$/, "must be the id of a VPC endpoint, such as vpce-0a1b2c3d"),
  tags: tags.optional(),
});
