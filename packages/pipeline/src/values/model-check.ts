import { withinMatchTime } from "@tollgate/patterns";
import type { Ports } from "../engine/ports.ts";
import { hereOrAside, MATCHES_HERE_MAX_MS } from "./body-work.ts";
import type { CheckBody, ModelWork } from "./model-registry.ts";

/** ModelCheck checks a body against a model: here, or wherever bodies that take long are checked. */
export interface ModelCheck {
  readonly now: CheckBody;
  readonly model: ModelWork;
}

/** modelErrorOf is what is wrong with a body; undefined: nothing. It is found out beside the event loop if it could keep that too long. */
export const modelErrorOf = (
  { now, model }: ModelCheck,
  text: string,
  { bodyWork }: Pick<Ports, "bodyWork">,
): string | undefined | Promise<string | undefined> =>
  hereOrAside<string | undefined>(
    text.length,
    () => withinMatchTime(MATCHES_HERE_MAX_MS, () => now(text)),
    async () => (await bodyWork({ text, model })).validationError,
  );
