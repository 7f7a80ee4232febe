import type { FrozenEntity, Method } from "@tollgate/config";
import { type Fact, type Problem, problemAt } from "@tollgate/config/runtime";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { readWholeBody } from "../call/request-body.ts";
import type { FilterFactory, Ports } from "../engine/ports.ts";
import { mediaTypeOf } from "../values/binary-media.ts";
import { CallValues } from "../values/call-values.ts";
import { type ModelCheck, modelErrorOf } from "../values/model-check.ts";
import type { RestContext, RestRoute } from "./context.ts";

const PLACES = ["header", "path", "querystring"] as const;

interface Required {
  readonly name: string;
  readonly isThere: (values: CallValues) => boolean;
}

/** What a method's validator checks; undefined: it has none. */
function validatorOf(
  { components }: RestContext,
  method: Method | undefined,
): FrozenEntity<"RequestValidator">["spec"] | undefined {
  const id = method?.requestValidatorId;
  return id === undefined ? undefined : components.requestValidators.get(id);
}

const isFilled = (value: string | undefined) => value !== undefined && value.trim() !== "";

/** Required parameters, headers first, then path, then query string, each by name. */
function requiredOf(method: Method): readonly Required[] {
  const required: Required[] = [];
  for (const place of PLACES) {
    const prefix = `method.request.${place}.`;
    const names = Object.entries(method.requestParameters)
      .filter(([name, isRequired]) => isRequired && name.startsWith(prefix))
      .map(([name]) => name.slice(prefix.length))
      .sort();
    for (const name of names)
      required.push({
        name,
        isThere: (values) => {
          if (place === "path") return isFilled(values.pathParameter(name));
          return isFilled((place === "header" ? values.header(name) : values.queryParameter(name)).at(-1));
        },
      });
  }
  return required;
}

function checkParameters(required: readonly Required[], call: Call): Reply | undefined {
  const values = new CallValues(call);
  const missing = required.filter(({ isThere }) => !isThere(values)).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  const message = `Missing required request parameters: [${missing.join(", ")}]`;
  call.log?.fail(`Execution failed due to validation error: ${message}`);
  return deny("BAD_REQUEST_PARAMETERS", { message });
}

/** The check of each media type's model, compiled; a model that cannot be compiled is a problem of its method. */
function checksOf({ requestModels }: Method, { components }: RestContext) {
  const checks = new Map<string, ModelCheck>();
  const failed: Fact[] = [];
  for (const [mediaType, name] of Object.entries(requestModels)) {
    const compiled = components.models.compile(name);
    if (compiled.ok) checks.set(mediaType, { now: compiled.check, model: components.models.modelWork(name) });
    else failed.push(compiled.fact);
  }
  return { checks, failed };
}

/** validationProblems reports what keeps a method's request from being validated. */
export function validationProblems(method: Method, context: RestContext, at: string): readonly Problem[] {
  if (validatorOf(context, method)?.validateRequestBody !== true) return [];
  return checksOf(method, context).failed.map((fact) => problemAt(`${at}.requestModels`, fact));
}

async function checkBody(
  checks: ReadonlyMap<string, ModelCheck>,
  call: Call,
  ports: Ports,
): Promise<Reply | undefined> {
  const mediaType = mediaTypeOf(call.contentType);
  const check = checks.get(mediaType) ?? checks.get("application/json") ?? checks.get("$default");
  if (!check) return undefined;
  const body = await readWholeBody(call);
  const text = body.length === 0 ? "{}" : body.toString("utf8");
  const validationError = await modelErrorOf(check, text, ports);
  if (validationError === undefined) return undefined;
  call.log?.fail(
    `Request body does not match model schema for content type ${mediaType || "application/json"}: ${validationError}`,
  );
  return deny("BAD_REQUEST_BODY", { validationError });
}

/** requestValidation checks required parameters, then the body against the model of its media type (AWS: request validation). */
export const requestValidation: FilterFactory<RestRoute> = ({ context, method }, ports) => {
  const validator = validatorOf(context, method);
  if (!validator || !method) return undefined;
  const required = validator.validateRequestParameters ? requiredOf(method) : [];
  const checks = validator.validateRequestBody
    ? checksOf(method, context).checks
    : new Map<string, ModelCheck>();
  if (required.length === 0 && checks.size === 0) return undefined;
  return (call) => {
    const refused = required.length > 0 ? checkParameters(required, call) : undefined;
    return refused ?? (checks.size > 0 ? checkBody(checks, call, ports) : undefined);
  };
};
