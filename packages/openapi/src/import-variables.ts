import type { ImportOptions } from "./import-context.ts";

/** replaceVariables replaces AWS's variables anywhere in a definition (AWS: variables in OpenAPI definitions). */
export const replaceVariables = (
  text: string,
  { accountId = "000000000000", region = "us-east-1" }: ImportOptions,
): string =>
  text
    .replaceAll("${AWS::AccountId}", accountId)
    .replaceAll("${AWS::Region}", region)
    .replaceAll("${AWS::Partition}", "aws");
