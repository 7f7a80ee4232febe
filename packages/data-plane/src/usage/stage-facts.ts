import type { RouteContext } from "@tollgate/pipeline";
import { encodeStageFacts, NO_FACTS } from "@tollgate/usage-stream";

const encoded = new WeakMap<RouteContext, Buffer>();

/** stageFactsOf is what the usage events of a stage have in common, encoded once; undefined: the stage is not live any more. */
export function stageFactsOf(context: RouteContext | undefined): Buffer {
  if (!context) return NO_FACTS.stageFacts;
  const known = encoded.get(context);
  if (known) return known;
  const { region, tags = {} } = context;
  const facts = encodeStageFacts({ region, tags });
  encoded.set(context, facts);
  return facts;
}
