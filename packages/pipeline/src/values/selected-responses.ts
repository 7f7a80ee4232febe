import { RenderError } from "@tollgate/mapping";
import type { Pattern } from "@tollgate/patterns";
import type { Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import { hereOrAside } from "./body-work.ts";

const STATUS_CHARS = 3;

interface Patterned {
  readonly pattern: Pattern | undefined;
}

/**
 * selectedResponses are the responses of an integration whose patterns match a whole value: the status, or a function's error message, which is as
 * long as the function likes. Throws RenderError where the patterns take too long beside the event loop, too.
 */
export const selectedResponses = <T extends Patterned>(
  responses: readonly T[],
  value: string,
  { bodyWork }: Pick<Ports, "bodyWork">,
): Late<readonly T[]> => {
  const here = () => responses.filter(({ pattern }) => pattern?.matches(value));
  if (value.length <= STATUS_CHARS) return here();
  return hereOrAside<readonly T[]>(value.length, here, async () => {
    const selectionPatterns = responses.flatMap(({ pattern }) => (pattern ? [pattern.source] : []));
    const { selected, renderError } = await bodyWork({ text: value, selectionPatterns });
    if (!selected) throw new RenderError(renderError ?? "the response was not selected");
    return responses.filter(({ pattern }) => pattern && selected.has(pattern.source));
  });
};
