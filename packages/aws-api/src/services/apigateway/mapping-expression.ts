import type { AwsError } from "../../aws-error.ts";
import { badRequest } from "./errors.ts";

/** invalidMapping is AWS's error for mapping expressions that it does not take, with what it says of each. */
export const invalidMapping = (...errors: readonly string[]): AwsError =>
  badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors.join(", ")}]`,
  );
