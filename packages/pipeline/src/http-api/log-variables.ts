import { pathWithStage } from "../call/call-paths.ts";
import { contextReader, type ReadVariable } from "../values/context-variables.ts";
import { routeKeyOf } from "./context-variables.ts";

/** Variables that are different from those of REST APIs, or that only HTTP APIs have. */
const variables: Readonly<Record<string, ReadVariable>> = {
  dataProcessed: ({ requestBytes, responseBytes }) => String(requestBytes + responseBytes),
  path: pathWithStage,
  // A format may name it, and AWS never fills it.
  resourcePath: () => undefined,
  // A call that no route takes has none.
  routeKey: ({ route }) => (route?.resourceId ? routeKeyOf(route) : undefined),
};

/** httpLogReader finds the variables of an HTTP API's access log (AWS: customizing HTTP API access logs). */
export const httpLogReader = (name: string): ReadVariable =>
  (Object.hasOwn(variables, name) ? variables[name] : undefined) ?? contextReader(name);
