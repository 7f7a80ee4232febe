import type { Command } from "commander";
import type { AppliedLimit } from "@tollgate/proto/control";
import { print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { explainMember } from "./explain-member.ts";

const shortened = (value: number | undefined): string =>
  value === undefined ? "" : String(Math.round(value * 10) / 10);

const rowOf = (limit: AppliedLimit) => ({
  limit: limit.level,
  rate: limit.level === "quota" ? "" : limit.rate,
  burst: limit.level === "quota" ? "" : limit.burst,
  quota: limit.level === "quota" ? `${limit.quota} in ${limit.period}` : "",
  left: shortened(limit.left),
  "share of a node": shortened(limit.nodeShare),
  "set by": limit.source,
});

async function limits(
  apiId: string,
  stageName: string,
  httpMethod: string,
  resourcePath: string,
  { key = "" }: { readonly key?: string },
  command: Command,
): Promise<void> {
  const globals = globalsOf(command);
  using session = openSession(globals);
  const request = { accountId: globals.account, apiId, stageName, httpMethod, resourcePath, apiKeyId: key };
  const explained = await session.nodes.explainLimits(request);
  if (globals.output !== "table") return print(toJson(explained));
  if (explained.limits.length === 0) print("no limit applies");
  else
    printTable(explained.limits.map(rowOf), [
      "limit",
      "rate",
      "burst",
      "quota",
      "left",
      "share of a node",
      "set by",
    ]);
  report(
    explained.sharingNodeCount > 0
      ? `${explained.sharingNodeCount} nodes count together`
      : "each node counts on its own (TOLLGATE_REDIS is not set, or Redis is not connected)",
  );
}

/** addExplain adds the command that explains manifests, and the limits of calls. */
export function addExplain(program: Command): void {
  const explain = program
    .command("explain")
    .description("explain a kind of manifest or a member of it; or the limits of calls")
    .argument("[member]", "such as usageplan, or usageplan.quota.period")
    .action((member: string | undefined, _options: object, command: Command) => {
      if (member === undefined) return command.help();
      return print(explainMember(member));
    });
  explain
    .command("limits")
    .description("the throttles and quotas that apply to a method, in AWS's order, with what is left of them")
    .argument("<api>", "id of the API")
    .argument("<stage>", "name of the stage")
    .argument("<method>", "such as GET")
    .argument("<path>", "path of the resource, such as /pets/{petId}")
    .option("--key <id>", "with the limits of this API key")
    .action(limits);
}
