import type { Json } from "@tollgate/openapi";
import { withGlobals } from "./globals.ts";
import { withKnownValues, withParameters, type Known } from "./known-values.ts";
import { isNode, nodeOf, type Node } from "./node.ts";
import type { SamResource } from "./sam-context.ts";
import { shown } from "../shown.ts";

export const API = "AWS::Serverless::Api";
export const HTTP_API = "AWS::Serverless::HttpApi";
export const WEBSOCKET_API = "AWS::Serverless::WebSocketApi";
export const FUNCTION = "AWS::Serverless::Function";
export const STATE_MACHINE = "AWS::Serverless::StateMachine";
/** Types of which every property is looked at. */
const APIS = new Set([API, HTTP_API, WEBSOCKET_API]);

/** Properties that count of what is run elsewhere; its others may say what only that place understands. */
const USED: Readonly<Record<string, readonly string[]>> = {
  [FUNCTION]: ["FunctionName", "AutoPublishAlias", "Role", "Events", "Tags", "PropagateTags"],
  [STATE_MACHINE]: ["Name", "Role", "Events", "Tags", "PropagateTags"],
};
const EVENT_TYPES = new Set(["Api", "HttpApi"]);

/** What is looked at of a resource: all of an API, little of what is run elsewhere. */
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

/** readResource is a resource with its Globals, and what is known of its values. */
export function readResource(logicalId: string, given: Node, globals: Node, known: Known): SamResource {
  const { Type, Properties, IgnoreGlobals: ignored, Connectors: _connectors, ...attributes } = given;
  const type = shown(Type);
  const written = withGlobals(globals, type, nodeOf(Properties), ignored);
  const at = ["Resources", logicalId, "Properties"];
  const properties = nodeOf(withKnownValues(usedOf(type, written) as Json, at, known));
  // Its condition holds, and what is made of it is made.
  const { Condition: _condition, ...passed } = attributes;
  const hashed = { Domain: withParameters((written.Domain ?? {}) as Json, known) };
  return { logicalId, type, properties: structuredClone(properties), attributes: passed, written, hashed };
}
