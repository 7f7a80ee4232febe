import type { AwsRequest } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";

/** queryFlag is a boolean of a request's query; undefined: the query does not have it. */
export function queryFlag({ query }: AwsRequest, name: string): boolean | undefined {
  const given = query.get(name);
  if (given === null || given === "") return undefined;
  if (given !== "true" && given !== "false")
    throw badRequest(`Invalid ${name} parameter '${given}': must be true or false`);
  return given === "true";
}
