import type { QueryService } from "../../protocol/query/endpoint.ts";
import { stsOperations } from "./sts.ts";

/** sts gives temporary credentials. */
export const sts: QueryService = {
  name: "sts",
  signingName: "sts",
  version: "2011-06-15",
  operations: stsOperations,
};
