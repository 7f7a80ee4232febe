import type { Problem } from "@tollgate/config";
import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import { andThen, type Late } from "../../engine/late.ts";
import { type Payload, requestPayload } from "../../values/payload.ts";
import type { BuildInput } from "../integrations/build-input.ts";
import { bodyReadsOf, MessageValues } from "../message-values.ts";
import { compileTemplates, render } from "./templates.ts";

/** MappedMessage is what an integration sends for a message. */
export interface MappedMessage {
  /** The message as the integration's parameters read it. */
  readonly values: MessageValues;
  readonly body: Payload;
  /** A template made the body. */
  readonly templated: boolean;
}

const noTemplate = deny("UNSUPPORTED_MEDIA_TYPE");

/** compileRequestMapping compiles what happens to a message before an integration: template, then conversion. `reads`: what the integration's parameters read of it. */
export function compileRequestMapping(
  { integration, context: { stageVariables }, ports, at }: BuildInput,
  reads: readonly string[] = [],
): { ok: true; map: (call: Call) => Late<MappedMessage> } | { ok: false; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const { templateSelectionExpression: expression, requestTemplates, passthroughBehavior } = integration;
  const given = { templates: requestTemplates, expression, stageVariables, at };
  const templates = compileTemplates({ ...given, member: "requestTemplates" }, problems);
  if (problems.length > 0) return { ok: false, problems };
  const { contentHandlingStrategy: handling } = integration;
  const passes =
    passthroughBehavior === "WHEN_NO_MATCH" ||
    (passthroughBehavior === "WHEN_NO_TEMPLATES" && templates.count === 0);
  const converted = (text: string): Payload => requestPayload(Buffer.from(text), false, handling);
  const allReads = bodyReadsOf([...templates.reads, ...reads]);
  const mapped = (values: MessageValues): Late<MappedMessage> => {
    const template = templates.choose(values);
    if (template)
      return andThen(render(template, values, values.body(), ports), (text) => ({
        values,
        body: converted(text),
        templated: true,
      }));
    if (!passes) throw new Refused(noTemplate, "there is no template for the message");
    return { values, body: converted(values.body().raw), templated: false };
  };
  return { ok: true, map: (call) => andThen(new MessageValues(call).readFor(allReads, ports), mapped) };
}
