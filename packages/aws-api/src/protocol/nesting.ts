import { isNestedDeeper } from "@tollgate/config";
import { CommonError } from "../aws-error.ts";

/** No input of AWS's operations is nearly as deep. */
const LEVELS_MAX = 100;

/** checkNesting refuses a body that is so deep that what reads it, or writes it down for the audit, would fail. */
export function checkNesting(body: object): void {
  if (isNestedDeeper(body, LEVELS_MAX))
    throw new CommonError("serialization", `the body must not be nested more than ${LEVELS_MAX} levels deep`);
}
