import { type Integration, type Problem, problemAt } from "@tollgate/config";
import { compileTemplate, type Template } from "@tollgate/mapping";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { facts } from "../engine/facts.ts";

const unsupported = deny("UNSUPPORTED_MEDIA_TYPE");

/** TemplateChoice: the template that makes the body, undefined to pass the body through, or a refusal. */
export type TemplateChoice =
  | { readonly template: Template; readonly text: string }
  | { readonly refusal: Reply }
  | undefined;
export type ChooseTemplate = (contentType: string) => TemplateChoice;

export type CompiledRequestTemplates =
  | { readonly ok: true; readonly choose: ChooseTemplate; readonly overridesPath: boolean }
  | { readonly ok: false; readonly problems: Problem[] };

/**
 * compileRequestTemplates compiles requestTemplates with passthroughBehavior (AWS: "Integration passthrough behaviors"): the template of
 * the request's media type, absent means application/json, else $default, else what passthroughBehavior says.
 */
export function compileRequestTemplates(
  { requestTemplates, passthroughBehavior }: Pick<Integration, "requestTemplates" | "passthroughBehavior">,
  at: string,
): CompiledRequestTemplates {
  const templates = new Map<string, TemplateChoice>();
  const problems: Problem[] = [];
  for (const [mediaType, text] of Object.entries(requestTemplates)) {
    const compiled = compileTemplate(text);
    if (compiled.ok) templates.set(mediaType, { template: compiled.value, text });
    else
      problems.push(
        problemAt(
          `${at}.requestTemplates.${mediaType}`,
          facts.TEMPLATE_INVALID({ reason: compiled.message }),
        ),
      );
  }
  if (problems.length > 0) return { ok: false, problems };
  const passes =
    passthroughBehavior === "WHEN_NO_MATCH" ||
    (passthroughBehavior === "WHEN_NO_TEMPLATES" && templates.size === 0);
  const otherwise: TemplateChoice = passes ? undefined : { refusal: unsupported };
  const fallback = templates.get("$default") ?? otherwise;
  return {
    ok: true,
    choose: (contentType) => {
      const mediaType =
        contentType === "" ? "application/json" : (contentType.split(";", 1)[0] as string).trim();
      return templates.get(mediaType) ?? fallback;
    },
    overridesPath: Object.values(requestTemplates).some((text) => text.includes("requestOverride")),
  };
}
