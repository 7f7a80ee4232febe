import type { SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import { badRequest } from "./errors.ts";

type Spec = Partial<Pick<SpecOf<"Stage">, "accessLogSettings" | "methodSettings">>;

const REQUEST_ID = /\$(context\.(requestId|extendedRequestId)\b|\{context\.(requestId|extendedRequestId)\})/;
const DESTINATION =
  /^arn:aws[a-z-]*:(logs:[a-z0-9-]*:\d+:log-group:[^:*]+(:\*)?|firehose:[a-z0-9-]*:\d+:deliverystream\/amazon-apigateway-.+)$/;

/** A line break is allowed at the end only. */
function checkFormat(format: string): void {
  if (format.replace(/\r?\n$/, "").includes("\n"))
    throw badRequest(
      `Access Log format must be single line, new line character is allowed only at end of the format: '${format}'`,
    );
  if (!REQUEST_ID.test(format))
    throw badRequest(
      `Access Log format must include either $context.requestId or $context.extendedRequestId : '${format}'`,
    );
}

/** checkStage refuses what AWS refuses of a stage's logs: of their format, their destination, and without the role that may write them. */
export function checkStage({ accessLogSettings, methodSettings = {} }: Spec, account: AccountView): void {
  const { format, destinationArn } = accessLogSettings ?? {};
  if (format !== undefined) checkFormat(format);
  if (destinationArn !== undefined && !DESTINATION.test(destinationArn))
    throw badRequest(
      "Invalid ARN specified in the request",
      "accessLogSettings.destinationArn: must be arn:aws:logs:{region}:{account}:log-group:{name}, or arn:aws:firehose:{region}:{account}:deliverystream/amazon-apigateway-{name}",
    );
  const isLogging = Object.values(methodSettings).some(
    ({ loggingLevel = "OFF" }: { readonly loggingLevel?: string }) => loggingLevel !== "OFF",
  );
  if (isLogging && !account.get("Account", "", "account")?.entity.spec.cloudwatchRoleArn)
    throw badRequest(
      "CloudWatch Logs role ARN must be set in account settings to enable logging",
      "set cloudwatchRoleArn by UpdateAccount, or in a manifest of kind Account; any ARN of a role will do",
    );
}
