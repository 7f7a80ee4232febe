import { planStack, type StackPlan } from "@tollgate/cloudformation";
import { type Entity, isKindOf, kinds, problemAt } from "@tollgate/config";
import { DefinitionError, type Finding } from "@tollgate/openapi";
import type { Operator } from "@tollgate/proto/access";
import type { ApplyStackRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { refuse } from "../config/refuse.ts";
import { isLogging } from "../config/validate-stages.ts";
import { accountOf, toProtoChange } from "../config/wire.ts";
import { problemOfFinding, toProtoFinding } from "../definition/findings.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { stackChange, stacksOf } from "./stack-entities.ts";
import { exportedBy, exportProblems } from "./stack-exports.ts";

function plan(
  state: AccountState,
  request: ApplyStackRequest,
  { accountId, region, publicUrl }: { accountId: string; region: string; publicUrl: string },
): StackPlan {
  const { name, template, parameters, files } = request;
  const stacks = stacksOf(state);
  try {
    return planStack(template, {
      name,
      accountId,
      region,
      parameters,
      files,
      publicUrl,
      previousParameters: stacks.find(({ id }) => id === name)?.spec.parameters ?? {},
      exported: (exportName) => exportedBy(stacks, name, exportName),
    });
  } catch (error) {
    if (error instanceof DefinitionError)
      return refuse([problemAt("template", facts.DEFINITION_UNREADABLE({ reason: error.message }))]);
    throw error;
  }
}

/** On AWS, stages whose account has no role for their logs are refused. Here the gateway itself writes them, and most templates expect the role. */
function logWarnings(state: AccountState, entities: readonly Entity[]): Finding[] {
  const isLogged = entities.some(isLogging);
  const roles = [state.find("Account", "", "account"), ...entities.filter((one) => isKindOf(one, "Account"))];
  if (!isLogged || roles.some((account) => account?.spec.cloudwatchRoleArn)) return [];
  const { message } = facts.LOGGING_ROLE_MISSING();
  return [{ level: "warning", pointer: "/Resources", line: 1, message: `as AWS sees it, ${message}` }];
}

/** createApplyStack creates StackService.ApplyStack. */
export const createApplyStack =
  (application: Application, region: string) => async (request: ApplyStackRequest, operator: Operator) => {
    const accountId = accountOf(request.accountId);
    const { name, keepGoing, dryRun } = request;
    if (!kinds.Stack.id.pattern.test(name))
      refuse([problemAt("name", facts.NAME_INVALID({ name, help: kinds.Stack.id.help }))]);
    let planned: StackPlan | undefined;
    let warnings: readonly Finding[] = [];
    const applied = await changeAccount(application, {
      accountId,
      asker: operator,
      expectedRevision: Number(request.expectedRevision),
      dryRun,
      want: async (state) => {
        const made = plan(state, request, { accountId, region, publicUrl: application.publicUrl() });
        planned = made;
        const errors = keepGoing ? [] : made.findings.filter(({ level }) => level === "error");
        if (errors.length > 0) refuse(errors.map(problemOfFinding));
        const change = await stackChange(state, made, name, keepGoing);
        const problems = [...change.problems, ...exportProblems(stacksOf(state), name, made.outputs)];
        if (problems.length > 0) refuse(problems);
        warnings = logWarnings(state, change.entities ?? []);
        return change;
      },
    });
    const { findings = [], outputs = {}, resources = [] } = planned ?? {};
    return {
      ...toProtoChange(application.mirror.account(accountId), applied, dryRun),
      findings: [...findings, ...warnings].map(toProtoFinding),
      outputs: Object.entries(outputs).map(([output, { value, description = "", exportName = "" }]) => ({
        name: output,
        value,
        description,
        exportName,
      })),
      resources: resources.map((resource) => ({ ...resource })),
    };
  };
