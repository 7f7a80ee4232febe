import type { Problem } from "@tollgate/config";
import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import { type Payload, requestPayload } from "../../values/payload.ts";
import type { BuildInput } from "../integrations/build-input.ts";
import { MessageValues } from "../message-values.ts";
import { compileTemplates } from "./templates.ts";

/** MappedMessage is what an integration sends for a message. */
export interface MappedMessage {
  readonly body: Payload;
  /** A template made the body. */
  readonly templated: boolean;
}

const noTemplate = deny("UNSUPPORTED_MEDIA_TYPE");

/** compileRequestMapping compiles what happens to a message before an integration: template, then conversion. */
export function compileRequestMapping({
  integration,
  context: { stageVariables },
  at,
}: Pick<BuildInput, "integration" | "context" | "at">):
  | { ok: true; map: (call: Call) => MappedMessage }
  | { ok: false; problems: readonly Problem[] } {
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
  return {
    ok: true,
    map(call) {
      const values = new MessageValues(call);
      const body = values.body();
      const template = templates.choose(values);
      if (template) return { body: converted(template(values.templateValues(body))), templated: true };
      if (!passes) throw new Refused(noTemplate, "there is no template for the message");
      return { body: converted(body.raw), templated: false };
    },
  };
}
