import { LRUCache } from "lru-cache";
import {
  compileTemplate,
  InvalidJson,
  JsonBody,
  Overrides,
  RenderError,
  readMember,
  selectedMember,
  type Template,
} from "@tollgate/mapping";
import { javaPattern, MatchTimeout, withinMatchTime } from "@tollgate/patterns";
import {
  type CallFacts,
  factsValues,
  type PlainOverrides,
  plainOverrides,
  restoreOverrides,
} from "./call-facts.ts";
import { ModelRegistry, type ModelWork } from "./model-registry.ts";

/**
 * A body of this many characters or more is read beside the event loop: reading and writing it as JSON can take so long that other calls
 * would notice. The worst 256 KB take about 30 ms.
 */
export const ASIDE_FROM_CHARS = 256 * 1024;

/** BodyWork is work on one large body, as plain data. */
export interface BodyWork {
  readonly text: string;
  /** Body expressions to evaluate, of mappings or, with a dollar before them, of selections. */
  readonly expressions?: readonly string[];
  /** Selection patterns to match the whole text against. */
  readonly selectionPatterns?: readonly string[];
  /** A template to render, and the call that it reads. */
  readonly template?: { readonly text: string; readonly call: CallFacts };
  /** A model to check the body against, among the models of its deployment. */
  readonly model?: ModelWork;
}

/** ExpressionFailure: the body begins like JSON but is not valid JSON, or the expression looked at too much of it. */
interface ExpressionFailure {
  readonly isInvalidJson: boolean;
  readonly message: string;
}

/** BodyResult is what came of it. */
export interface BodyResult {
  /** Values of the expressions that have one. */
  readonly members: ReadonlyMap<string, string>;
  /** Expressions that cannot be evaluated, and why. */
  readonly failures: ReadonlyMap<string, ExpressionFailure>;
  readonly rendered?: string;
  readonly overrides?: PlainOverrides;
  /** Why the template could not be rendered, or the selection patterns not be matched. */
  readonly renderError?: string;
  /** Selection patterns that match. */
  readonly selected?: ReadonlySet<string>;
  /** What is wrong with the body by its model. */
  readonly validationError?: string | undefined;
}

const templates = new LRUCache<string, { readonly render: Template }>({ max: 500 });
const registries = new LRUCache<string, ModelRegistry>({ max: 50 });

function templateOf(text: string): Template {
  const known = templates.get(text);
  if (known) return known.render;
  const compiled = compileTemplate(text);
  if (!compiled.ok) throw new RenderError(compiled.message);
  templates.set(text, { render: compiled.value });
  return compiled.value;
}

function render(
  { text, call }: NonNullable<BodyWork["template"]>,
  body: JsonBody,
): Pick<BodyResult, "rendered" | "overrides" | "renderError"> {
  const overrides = new Overrides();
  restoreOverrides(overrides, call.overrides);
  try {
    const rendered = templateOf(text)(factsValues(call, body, overrides));
    return { rendered, overrides: plainOverrides(overrides) };
  } catch (error) {
    if (error instanceof RenderError) return { renderError: error.message };
    throw error;
  }
}

function validate({ name, apiId, key, models }: ModelWork, text: string): string | undefined {
  const registry = registries.get(key) ?? new ModelRegistry(apiId, models);
  registries.set(key, registry);
  const compiled = registry.compile(name);
  if (!compiled.ok) return `[${compiled.fact.message}]`;
  try {
    return compiled.check(text);
  } catch (error) {
    if (error instanceof MatchTimeout) return `[the body cannot be validated: ${error.message}]`;
    throw error;
  }
}

/**
 * isTooSlowHere finds whether something failed only because its patterns took too long for an event loop. Beside it they may take longer:
 * how long a match takes depends on how busy the machine is, and no correct call may fail for that.
 */
export const isTooSlowHere = (error: unknown): boolean =>
  error instanceof MatchTimeout || (error instanceof Error && isTooSlowHere(error.cause));

/**
 * hereOrAside reads or maps a body of so many characters on the event loop; beside it, if it is large or turns out to take too long. This is
 * the one rule for whatever users' templates and expressions read of bodies. What `here` has changed by then is for `aside` to undo.
 */
export function hereOrAside<T>(
  chars: number,
  here: () => T | Promise<T>,
  aside: () => Promise<T>,
): T | Promise<T> {
  if (chars >= ASIDE_FROM_CHARS) return aside();
  try {
    return here();
  } catch (error) {
    if (!isTooSlowHere(error)) throw error;
    return aside();
  }
}

/**
 * Time of the processor for all patterns of a model, or of all expressions, that are tried on one body on an event loop: a body that needs
 * more is read beside it.
 */
export const MATCHES_HERE_MAX_MS = 4;

/** hasPatterns says whether an expression can take long: it looks for patterns. */
export const hasPatterns = (expression: string): boolean => expression.includes("=~");

/**
 * bodyReadHere is a body whose expressions with patterns were evaluated, and not only when somebody asks for them: it is then too late to do
 * it beside the event loop. Throws what isTooSlowHere finds.
 */
export function bodyReadHere(body: JsonBody, expressions: readonly string[]): JsonBody {
  if (!expressions.some(hasPatterns)) return body;
  return readBody(
    body.raw,
    withinMatchTime(MATCHES_HERE_MAX_MS, () => evaluated(expressions, body, true)),
  );
}

/** Time of the processor that patterns may take on one body in a process where no other call waits for it. */
const MATCHES_ASIDE_MAX_MS = 2_000;

/** performBodyWork does the work, in whichever process it is called. Its patterns may take so long together. */
export const performBodyWork = (work: BodyWork, matchesMaxMs = MATCHES_ASIDE_MAX_MS): BodyResult =>
  withinMatchTime(matchesMaxMs, () => perform(work));

function matching(patterns: readonly string[], text: string): Pick<BodyResult, "selected" | "renderError"> {
  try {
    return { selected: new Set(patterns.filter((pattern) => javaPattern(pattern).matches(text))) };
  } catch (error) {
    if (error instanceof MatchTimeout) return { renderError: error.message };
    throw error;
  }
}

function evaluated(
  expressions: readonly string[],
  body: JsonBody,
  isHere: boolean,
): Pick<BodyResult, "members" | "failures"> {
  const members = new Map<string, string>();
  const failures = new Map<string, ExpressionFailure>();
  for (const expression of expressions)
    try {
      const read = expression.startsWith("$") ? selectedMember : readMember;
      const value = read(expression, body);
      if (value !== undefined) members.set(expression, value);
    } catch (error) {
      if (!(error instanceof InvalidJson || error instanceof RenderError)) throw error;
      if (isHere && isTooSlowHere(error)) throw error;
      failures.set(expression, { isInvalidJson: error instanceof InvalidJson, message: error.message });
    }
  return { members, failures };
}

function perform({ text, expressions = [], selectionPatterns, template, model }: BodyWork): BodyResult {
  const body = new JsonBody(text);
  return {
    ...evaluated(expressions, body, false),
    ...(selectionPatterns ? matching(selectionPatterns, text) : {}),
    ...(template ? render(template, body) : {}),
    ...(model ? { validationError: validate(model, text) } : {}),
  };
}

/** readBody is a body whose expressions were evaluated elsewhere. */
export const readBody = (
  text: string,
  { members, failures }: Pick<BodyResult, "members" | "failures">,
): JsonBody =>
  new JsonBody(text, (expression) => {
    const failure = failures.get(expression);
    if (failure) throw new (failure.isInvalidJson ? InvalidJson : RenderError)(failure.message);
    return members.get(expression);
  });

/** renderedBy is the text that a template made elsewhere. Throws RenderError. */
export function renderedBy({ rendered, renderError }: BodyResult): string {
  if (rendered === undefined) throw new RenderError(renderError ?? "the template was not rendered");
  return rendered;
}
