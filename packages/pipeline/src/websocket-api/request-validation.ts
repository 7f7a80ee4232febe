import type { WebSocketRouteSpec } from "@tollgate/config";
import { type Problem, problemAt } from "@tollgate/config/runtime";
import { compileSelectionExpression, type SelectionExpression } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { facts } from "../engine/facts.ts";
import { andThen } from "../engine/late.ts";
import type { FilterFactory } from "../engine/ports.ts";
import { type ModelCheck, modelErrorOf } from "../values/model-check.ts";
import type { WebSocketContext, WebSocketRoute } from "./context.ts";
import { bodyReadsOf, MessageValues } from "./message-values.ts";

interface Validation {
  /** Selects the model of a message by its key. */
  readonly select: SelectionExpression;
  readonly checks: ReadonlyMap<string, ModelCheck>;
  readonly problems: readonly Problem[];
}

/** The validation of a route; undefined: its messages are not validated. */
function validationOf(
  { modelSelectionExpression, requestModels }: WebSocketRouteSpec,
  { models, stageVariables, skipsModels }: WebSocketContext,
  at: string,
): Validation | undefined {
  if (modelSelectionExpression === undefined) return undefined;
  const problems: Problem[] = [];
  const expression = compileSelectionExpression(modelSelectionExpression, stageVariables);
  if (!expression.ok)
    problems.push(
      problemAt(
        `${at}.modelSelectionExpression`,
        facts.EXPRESSION_INVALID({ expression: modelSelectionExpression, reason: expression.message }),
      ),
    );
  const checks = new Map<string, ModelCheck>();
  for (const [key, name] of Object.entries(requestModels)) {
    const compiled = models.compile(name);
    if (compiled.ok) checks.set(key, { now: compiled.check, model: models.modelWork(name) });
    else if (skipsModels)
      // Nothing can be valid by it.
      checks.set(key, { now: () => `[${compiled.fact.message}]`, model: models.modelWork(name) });
    else problems.push(problemAt(`${at}.requestModels.${key}`, compiled.fact));
  }
  const never = Object.assign(() => undefined, { reads: [] });
  return { select: expression.ok ? expression.value : never, checks, problems };
}

/** validationProblems reports what keeps the messages of a route from being validated. */
export const validationProblems = (
  spec: WebSocketRouteSpec,
  context: WebSocketContext,
  at: string,
): readonly Problem[] => validationOf(spec, context, at)?.problems ?? [];

function refusal(call: Call, validationError: string): Reply {
  call.log?.fail(`Request body does not match model schema: ${validationError}`);
  return deny("BAD_REQUEST_BODY", { validationError });
}

/** requestValidation checks a message against the model that its route selects for it (AWS: request validation of WebSocket APIs). */
export const requestValidation: FilterFactory<WebSocketRoute> = ({ spec, context }, ports) => {
  const validation = spec && validationOf(spec, context, "");
  if (!validation) return undefined;
  const { select, checks } = validation;
  const reads = bodyReadsOf(select.reads);
  return (call) =>
    andThen(new MessageValues(call).readFor(reads, ports), (values) => {
      const check = checks.get(select(values) ?? "") ?? checks.get("$default");
      if (!check) return refusal(call, "[no model was selected]");
      return andThen(modelErrorOf(check, values.body().raw, ports), (wrong) =>
        wrong === undefined ? undefined : refusal(call, wrong),
      );
    });
};
