import { type Problem, problemAt, type WebSocketRouteSpec } from "@tollgate/config";
import { compileSelectionExpression, type SelectionExpression } from "@tollgate/mapping";
import { MatchTimeout, withinMatchTime } from "@tollgate/patterns";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { facts } from "../engine/facts.ts";
import type { FilterFactory } from "../engine/ports.ts";
import { CHECK_MAX_MS, type CheckBody } from "../values/model-registry.ts";
import type { WebSocketContext, WebSocketRoute } from "./context.ts";
import { MessageValues } from "./message-values.ts";

interface Check {
  readonly now: CheckBody;
  readonly model: ReturnType<WebSocketContext["models"]["modelWork"]>;
}

interface Validation {
  /** Selects the model of a message by its key. */
  readonly select: SelectionExpression;
  readonly checks: ReadonlyMap<string, Check>;
  readonly problems: readonly Problem[];
}

/** The validation of a route; undefined: its messages are not validated. */
function validationOf(
  { modelSelectionExpression, requestModels }: WebSocketRouteSpec,
  { models, stageVariables }: WebSocketContext,
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
  const checks = new Map<string, Check>();
  for (const [key, name] of Object.entries(requestModels)) {
    const compiled = models.compile(name);
    if (compiled.ok) checks.set(key, { now: compiled.check, model: models.modelWork(name) });
    else problems.push(problemAt(`${at}.requestModels.${key}`, compiled.fact));
  }
  return { select: expression.ok ? expression.value : () => undefined, checks, problems };
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
export const requestValidation: FilterFactory<WebSocketRoute> = ({ spec, context }, { bodyWork }) => {
  const validation = spec && validationOf(spec, context, "");
  if (!validation) return undefined;
  const { select, checks } = validation;
  return (call) => {
    const values = new MessageValues(call);
    const check = checks.get(select(values) ?? "") ?? checks.get("$default");
    if (!check) return refusal(call, "[no model was selected]");
    const text = values.body().raw;
    try {
      const wrong = withinMatchTime(CHECK_MAX_MS, () => check.now(text));
      return wrong === undefined ? undefined : refusal(call, wrong);
    } catch (error) {
      if (!(error instanceof MatchTimeout)) throw error;
      return bodyWork({ text, model: check.model }).then(({ validationError: wrong }) =>
        wrong === undefined ? undefined : refusal(call, wrong),
      );
    }
  };
};
