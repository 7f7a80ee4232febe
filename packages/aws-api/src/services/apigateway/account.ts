import type { AccountView } from "../../port.ts";
import { compact, type JsonObject, type Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";
import { applyPatch, clearable, type PatchRule, refusalA } from "./patch.ts";

const THROTTLE = { burstLimit: 5000, rateLimit: 10_000 };

function showAccount(account: AccountView): JsonObject {
  const spec = account.get("Account", "", "account")?.entity.spec;
  return compact({
    cloudwatchRoleArn: spec?.cloudwatchRoleArn,
    throttleSettings: spec?.throttleSettings ?? THROTTLE,
    features: ["UsagePlans"],
    apiKeyVersion: "4",
  });
}

/** Usage plans are always enabled. */
const features: PatchRule = {
  path: "/features",
  ops: ["add", "remove"],
  apply: (_spec, { op }) => {
    if (op === "remove") throw badRequest("Usage Plans cannot be disabled once enabled");
  },
};

/** accountOperations are the operations of the account itself. */
export const accountOperations: readonly Operation[] = [
  {
    name: "GetAccount",
    method: "GET",
    path: "/account",
    status: 200,
    run: (request) => showAccount(request.application.account(request.accountId)),
  },
  {
    name: "UpdateAccount",
    method: "PATCH",
    path: "/account",
    status: 200,
    run: async (request) => {
      const account = await request.application.change(request.accountId, (present) => {
        const spec = applyPatch(present.get("Account", "", "account")?.entity.spec ?? {}, request.body, {
          refusal: refusalA,
          rules: [clearable("/cloudwatchRoleArn"), features],
        });
        return { puts: [{ kind: "Account", apiId: "", id: "account", spec }] };
      });
      return showAccount(account);
    },
  },
];
