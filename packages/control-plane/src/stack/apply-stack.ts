import { planStack, type StackPlan } from "@tollgate/cloudformation";
import { kinds, problemAt } from "@tollgate/config";
import { DefinitionError } from "@tollgate/openapi";
import type { Operator } from "@tollgate/proto/access";
import type { ApplyStackRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { refuse } from "../config/refuse.ts";
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

/** createApplyStack creates StackService.ApplyStack. */
export const createApplyStack =
  (application: Application, region: string) => async (request: ApplyStackRequest, operator: Operator) => {
    const accountId = accountOf(request.accountId);
    const { name, keepGoing, dryRun } = request;
    if (!kinds.Stack.id.pattern.test(name))
      refuse([problemAt("name", facts.NAME_INVALID({ name, help: kinds.Stack.id.help }))]);
    let planned: StackPlan | undefined;
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
        const change = await stackChange(state, made, name);
        const problems = [...change.problems, ...exportProblems(stacksOf(state), name, made.outputs)];
        if (problems.length > 0) refuse(problems);
        return change;
      },
    });
    const { findings = [], outputs = {}, resources = [] } = planned ?? {};
    return {
      ...toProtoChange(application.mirror.account(accountId), applied, dryRun),
      findings: findings.map(toProtoFinding),
      outputs: Object.entries(outputs).map(([output, { value, description = "", exportName = "" }]) => ({
        name: output,
        value,
        description,
        exportName,
      })),
      resources: resources.map((resource) => ({ ...resource })),
    };
  };
