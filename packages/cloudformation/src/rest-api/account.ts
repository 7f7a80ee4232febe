import { z } from "zod";
import { resourceType } from "../resource-type.ts";

/** AWS::ApiGateway::Account: an account has one, which every stack may write. */
export const account = resourceType({
  own: z.object({ cloudWatchRoleArn: z.string().optional() }),
  ref: () => "account",
  attributes: { Id: () => "account" },
  emit({ resource }, draft) {
    draft.findings.add("info", resource.at, "has no effect: nodes write logs without a role");
  },
});
