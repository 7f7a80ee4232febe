import type { Integration } from "@tollgate/config";
import { compileTemplate, RenderError, type Template } from "@tollgate/mapping";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";

const unsupported = deny("UNSUPPORTED_MEDIA_TYPE");

/** TemplateChoice: the template that makes the body, undefined to pass the body through, or a refusal. */
export type TemplateChoice =
  | { readonly template: Template; readonly text: string }
  | { readonly refusal: Reply }
  | undefined;
export type ChooseTemplate = (contentType: string) => TemplateChoice;

export interface CompiledRequestTemplates {
  readonly choose: ChooseTemplate;
  readonly overridesPath: boolean;
}

/** templateOf compiles a template. As on AWS, one that does not compile is no problem of the config: it fails each call that renders it. */
export function templateOf(text: string): Template {
  const compiled = compileTemplate(text);
  if (compiled.ok) return compiled.value;
  const { message } = compiled;
  return () => {
    throw new RenderError(message);
  };
}

/**
 * compileRequestTemplates compiles requestTemplates with passthroughBehavior (AWS: "Integration passthrough behaviors"): the template of
 * the request's media type, absent means application/json, else $default, else what passthroughBehavior says.
 */
export function compileRequestTemplates({
  requestTemplates,
  passthroughBehavior,
}: Pick<Integration, "requestTemplates" | "passthroughBehavior">): CompiledRequestTemplates {
  const templates = new Map<string, TemplateChoice>();
  for (const [mediaType, text] of Object.entries(requestTemplates))
    templates.set(mediaType, { template: templateOf(text), text });
  const passes =
    passthroughBehavior === "WHEN_NO_MATCH" ||
    (passthroughBehavior === "WHEN_NO_TEMPLATES" && templates.size === 0);
  const otherwise: TemplateChoice = passes ? undefined : { refusal: unsupported };
  const fallback = templates.get("$default") ?? otherwise;
  return {
    choose: (contentType) => {
      const mediaType =
        contentType === "" ? "application/json" : (contentType.split(";", 1)[0] as string).trim();
      return templates.get(mediaType) ?? fallback;
    },
    overridesPath: Object.values(requestTemplates).some((text) => text.includes("requestOverride")),
  };
}
