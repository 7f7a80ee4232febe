import type { QueryService } from "../../protocol/query/endpoint.ts";
import { stsOperations } from "./sts.ts";

/** sts is AWS Security Token Service, which issues temporary credentials. */
export const sts: QueryService = {
  name: "sts",
  signingName: "sts",
  version: "2011-06-15",
  operations: stsOperations,
};
