import { Ajv as BaseAjv, type ErrorObject, type ValidateFunction } from "ajv";
import AjvDraft4 from "ajv-draft-04";
import type { Fact, FrozenEntity } from "@tollgate/config";
import { ecmaPattern, MatchTimeout } from "@tollgate/patterns";
import { facts } from "../engine/facts.ts";
import { describeErrors } from "./describe-errors.ts";
import { draft4Formats } from "./draft-4-formats.ts";

/** Models that every API has from the start (AWS: Models for REST APIs). */
const BUILT_IN: Readonly<Record<string, object>> = {
  Empty: {},
  Error: { type: "object", properties: { message: { type: "string" } } },
};
const MODEL_URL = /^https?:\/\/apigateway\.[^/]+\/restapis\/[^/]+\/models\/([A-Za-z0-9]+)(#.*)?$/;
/** Of bodies larger than this only the first error is reported. */
const DETAIL_MAX_CHARS = 64 * 1024;
/** An id that other references can be relative to. */
const ABSOLUTE_ID = /^[a-z][a-z0-9+.-]*:[^#]*#?$/i;
/** Members of a schema whose values are data. */
const DATA: ReadonlySet<string> = new Set(["enum", "default"]);

type JsonSchema = Readonly<Record<string, unknown>>;

let registriesMade = 0;

const patternOfSchema = Object.assign(
  (pattern: string) => {
    try {
      return ecmaPattern(pattern);
    } catch (error) {
      throw new Error(`pattern '${pattern}': ${(error as Error).message}`, { cause: error });
    }
  },
  { code: "patternOfSchema" },
);

/** The validator leaves a property of this name out, but not a pattern that matches it. */
function withoutProto(schema: JsonSchema): JsonSchema {
  const properties = schema.properties as JsonSchema | undefined;
  if (typeof properties !== "object" || properties === null || !Object.hasOwn(properties, "__proto__"))
    return schema;
  const { ["__proto__"]: proto, ...others } = properties;
  const patternProperties = { ...(schema.patternProperties as JsonSchema | undefined), "^__proto__$": proto };
  return { ...schema, properties: others, patternProperties };
}

const createAjv = (allErrors: boolean): BaseAjv => {
  const options = {
    strict: false,
    allErrors,
    // What was wrong is kept with each error.
    verbose: true,
    unicodeRegExp: false,
    // A body has the members it was sent with, not those of every object.
    ownProperties: true,
    formats: draft4Formats,
    logger: false,
    code: { regExp: patternOfSchema },
  } as const;
  // The two packages name the same class in two ways.
  return new (AjvDraft4 as unknown as typeof BaseAjv)(options);
};

/** ModelWork is what another process has to know to check bodies against a model, as plain data. */
export interface ModelWork {
  readonly name: string;
  readonly apiId: string;
  /** Equal for equal models. */
  readonly key: string;
  readonly models: ReadonlyMap<string, FrozenEntity<"Model">["spec"]>;
}

/**
 * CheckBody reports what is wrong with a body; undefined: nothing. The string has the form of $context.error.validationErrorString.
 * Throws MatchTimeout where its patterns take too long.
 */
export type CheckBody = (text: string) => string | undefined;

/** Loaded is an instance of the validator that knows every model of a deployment that it could take. */
interface Loaded {
  readonly ajv: BaseAjv;
  /** Why a model could not be taken, by its name. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * ModelRegistry compiles the models of one deployment that are used; they find each other by their AWS URL. Models that nothing validates
 * with cost nothing, whatever is in them.
 */
export class ModelRegistry {
  readonly #apiId: string;
  readonly #models: ReadonlyMap<string, FrozenEntity<"Model">["spec"]>;
  readonly #key = `${++registriesMade}`;
  /** Reports the first thing that is wrong. */
  #quick: Loaded | undefined = undefined;
  /** Reports all that is wrong; made when a body is wrong for the first time. */
  #detailed: Loaded | undefined = undefined;

  constructor(apiId: string, models: ReadonlyMap<string, FrozenEntity<"Model">["spec"]>) {
    this.#apiId = apiId;
    this.#models = models;
  }

  /** modelWork is what another process has to know to check bodies against a model. */
  modelWork(name: string): ModelWork {
    return { name, apiId: this.#apiId, key: this.#key, models: this.#models };
  }

  #load(allErrors: boolean): Loaded {
    const ajv = createAjv(allErrors);
    const refused = new Map<string, string>();
    const own = [...this.#models].map(([name, { schema }]) => [name, JSON.parse(schema) as object] as const);
    for (const [name, schema] of [...Object.entries(BUILT_IN), ...own]) {
      try {
        ajv.removeSchema(this.#urlOf(name));
        this.#add(ajv, name, this.#relocate(schema) as JsonSchema);
      } catch (error) {
        refused.set(name, (error as Error).message);
      }
    }
    return { ajv, refused };
  }

  /** A model is found by its URL; references inside are relative to the id that it gives itself. */
  #add(ajv: BaseAjv, name: string, schema: JsonSchema): void {
    const $schema = "http://json-schema.org/draft-04/schema#";
    const url = this.#urlOf(name);
    const { id } = schema;
    if (typeof id === "string" && ABSOLUTE_ID.test(id) && ajv.getSchema(id) === undefined)
      ajv.addSchema({ ...schema, $schema }, url);
    else ajv.addSchema({ ...schema, id: url, $schema });
  }

  #urlOf(name: string): string {
    return `https://apigateway.amazonaws.com/restapis/${this.#apiId}/models/${name}`;
  }

  /**
   * References to models of the API that a definition was exported from mean those of this one. What is beside a reference does not count
   * (JSON Reference, section 3).
   */
  #relocate(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#relocate(item));
    if (typeof value !== "object" || value === null) return value;
    const { $ref } = value as { readonly $ref?: unknown };
    if (typeof $ref === "string") {
      const url = MODEL_URL.exec($ref);
      return { $ref: url ? this.#urlOf(url[1] as string) + (url[2] ?? "") : $ref };
    }
    return withoutProto(
      Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, DATA.has(key) ? item : this.#relocate(item)]),
      ),
    );
  }

  /** compile makes the check of a model, or reports why it cannot be made. */
  compile(name: string): { ok: true; check: CheckBody } | { ok: false; fact: Fact } {
    if (!this.#models.has(name) && !Object.hasOwn(BUILT_IN, name))
      return { ok: false, fact: facts.MODEL_MISSING({ name }) };
    const { ajv, refused } = (this.#quick ??= this.#load(false));
    const why = refused.get(name);
    if (why !== undefined) return { ok: false, fact: facts.MODEL_INVALID({ name, reason: why }) };
    try {
      const validate = ajv.getSchema(this.#urlOf(name)) as ValidateFunction;
      return {
        ok: true,
        check: (text) => this.#check(validate, name, text),
      };
    } catch (error) {
      return { ok: false, fact: facts.MODEL_INVALID({ name, reason: (error as Error).message }) };
    }
  }

  #check(validate: ValidateFunction, name: string, text: string): string | undefined {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return "[Unable to parse the request body as JSON]";
    }
    try {
      return this.#validate(validate, name, text, body);
    } catch (error) {
      if (error instanceof MatchTimeout) throw error;
      // A model that refers to itself without end, a body as deep as the stack, or one whose members are named as every object's are.
      return `[the body cannot be validated: ${(error as Error).message}]`;
    }
  }

  #validate(validate: ValidateFunction, name: string, text: string, body: unknown): string | undefined {
    if (validate(body) === true) return undefined;
    if (text.length > DETAIL_MAX_CHARS) return describeErrors(validate.errors ?? []);
    const { ajv } = (this.#detailed ??= this.#load(true));
    const detailed = ajv.getSchema(this.#urlOf(name)) as ValidateFunction;
    detailed(body);
    return describeErrors((detailed.errors ?? []) as ErrorObject[]);
  }
}
