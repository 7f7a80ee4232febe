import { z } from "zod";
import { resourceType } from "../resource-type.ts";

/** AWS::ApiGateway::Account: the account has one, whichever stack writes it. */
export const account = resourceType({
  own: z.object({ cloudWatchRoleArn: z.string().optional() }),
  ref: () => "account",
  attributes: { Id: () => "account" },
  emit({ resource }, draft) {
    draft.findings.add(
      "info",
      resource.at,
      "has no effect: logs are written by the nodes, and no role is needed for them",
    );
  },
});
