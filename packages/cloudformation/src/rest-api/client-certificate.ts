import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { tagList } from "../properties.ts";
import { namedById, resourceType } from "../resource-type.ts";

const MADE = { absent: "the control plane creates it" };

/** AWS::ApiGateway::ClientCertificate. */
export const clientCertificate = resourceType({
  ...namedById("ClientCertificateId"),
  spec: objectAt(kinds.ClientCertificate.spec),
  own: z.object({}),
  exceptions: { pemEncodedCertificate: MADE, privateKey: MADE, tags: tagList },
  emit: ({ resource, spec }, draft) =>
    draft.put({ kind: "ClientCertificate", id: resource.stableId, spec }, resource),
});
