import { MATCH_MAX_MS, PatternError, withinMatchTime } from "@tollgate/patterns";
import { JsonSyntaxError } from "../java/json.ts";
import { JavaError } from "../java/string-methods.ts";
import type { Value } from "../java/value.ts";
import { JsonPathError } from "../json-path/syntax.ts";
import type { Compiled } from "../parameter.ts";
import { compileVelocity } from "../velocity/compile.ts";
import { API_GATEWAY } from "../velocity/dialect.ts";
import { RenderError } from "../velocity/state.ts";
import { TemplateSyntaxError } from "../velocity/syntax.ts";
import { util } from "./util.ts";

/** API Gateway's limit of a mapping template (API Gateway quotas). */
export const TEMPLATE_MAX_BYTES = 300 * 1024;

/** TemplateValues are the objects that a template can read; each is created only if the template mentions it. */
export interface TemplateValues {
  input(): Value;
  context(): Value;
  stageVariables(): Value;
  /** $method: its member request has the maps path, querystring and header. */
  method(): Value;
}

/** Template renders to a string. Throws RenderError for every failure. */
export type Template = (values: TemplateValues) => string;

/** Everything that a template can fail with; other errors are defects of the gateway. */
const FAILURES = [JavaError, PatternError, JsonSyntaxError, JsonPathError, RangeError];

function asRenderError(error: unknown): unknown {
  if (error instanceof RenderError) return error;
  return FAILURES.some((kind) => error instanceof kind)
    ? new RenderError((error as Error).message, { cause: error })
    : error;
}

/** isConstantTemplate says whether a template has neither references nor directives: it is rendered as it is. */
export const isConstantTemplate = (text: string): boolean => !/[$#]/.test(text);

/** compileTemplate compiles a mapping template; the message of an error contains its line and column. */
export function compileTemplate(text: string): Compiled<Template> {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > TEMPLATE_MAX_BYTES)
    return { ok: false, message: `the template has ${sizeBytes} bytes; the limit is ${TEMPLATE_MAX_BYTES}` };
  if (isConstantTemplate(text)) return { ok: true, value: () => text };
  try {
    const velocity = compileVelocity(text, API_GATEWAY);
    return {
      ok: true,
      value: (values) => withinMatchTime(MATCH_MAX_MS, () => render(velocity, values)),
    };
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

function render(velocity: ReturnType<typeof compileVelocity>, values: TemplateValues): string {
  try {
    return velocity((name) => {
      switch (name) {
        case "input":
          return values.input();
        case "context":
          return values.context();
        case "stageVariables":
          return values.stageVariables();
        case "method":
          return values.method();
        case "util":
          return util;
        default:
          return undefined;
      }
    });
  } catch (error) {
    throw asRenderError(error);
  }
}
