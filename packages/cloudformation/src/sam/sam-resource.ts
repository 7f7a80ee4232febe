import type { Json } from "@tollgate/openapi";
import { shown } from "../shown.ts";
import { withGlobals } from "./globals.ts";
import { type Known, withKnownValues, withParameters } from "./known-values.ts";
import { isNode, type Node, nodeOf } from "./node.ts";
import type { SamResource } from "./sam-context.ts";

export const API = "AWS::Serverless::Api";
export const HTTP_API = "AWS::Serverless::HttpApi";
export const WEBSOCKET_API = "AWS::Serverless::WebSocketApi";
export const FUNCTION = "AWS::Serverless::Function";
export const STATE_MACHINE = "AWS::Serverless::StateMachine";
/** Types whose properties are all evaluated. */
const APIS = new Set([API, HTTP_API, WEBSOCKET_API]);

/** The evaluated properties of resources that run elsewhere; others may only be understood there. */
const USED: Readonly<Record<string, readonly string[]>> = {
  [FUNCTION]: ["FunctionName", "AutoPublishAlias", "Role", "Events", "Tags", "PropagateTags"],
  [STATE_MACHINE]: ["Name", "Role", "Events", "Tags", "PropagateTags"],
};
const EVENT_TYPES = new Set(["Api", "HttpApi"]);

/** The evaluated properties of a resource: all of an API, few of resources that run elsewhere. */
function usedOf(type: string, properties: Node): Node {
  if (APIS.has(type)) return properties;
  const names = USED[type] ?? ["TableName"];
  const used = Object.fromEntries(
    names.flatMap((name) => (name in properties ? [[name, properties[name]]] : [])),
  );
  if (!isNode(used.Events)) return used;
  const events = Object.entries(used.Events).filter(([, event]) =>
    EVENT_TYPES.has(shown(nodeOf(event).Type)),
  );
  return { ...used, Events: Object.fromEntries(events) };
}

/** readResource returns a resource with its Globals and its known values. */
export function readResource(logicalId: string, given: Node, globals: Node, known: Known): SamResource {
  const { Type, Properties, IgnoreGlobals: ignored, Connectors: _connectors, ...attributes } = given;
  const type = shown(Type);
  const written = withGlobals(globals, type, nodeOf(Properties), ignored);
  const at = ["Resources", logicalId, "Properties"];
  const properties = nodeOf(withKnownValues(usedOf(type, written) as Json, at, known));
  // Its condition is true, so the resources created from it need none.
  const { Condition: _condition, ...passed } = attributes;
  const hashed = { Domain: withParameters((written.Domain ?? {}) as Json, known) };
  return { logicalId, type, properties: structuredClone(properties), attributes: passed, written, hashed };
}
