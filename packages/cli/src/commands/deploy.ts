import type { Command } from "commander";
import type { Deployment } from "@tollgate/proto/control";
import { type OutputFormat, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { urlOfStages } from "../stage-url.ts";
import { waitForNodes } from "./wait.ts";

/** Prints where the stages of a deployment can be called. */
async function printUrls(
  session: Session,
  deployment: Deployment | undefined,
  output: OutputFormat,
): Promise<void> {
  if (output !== "table" || !deployment || deployment.stageNames.length === 0) return;
  const urlOf = await urlOfStages(session);
  for (const name of urlOf ? deployment.stageNames : []) print(urlOf?.(deployment.apiId, name) ?? "");
}

function printDeployment(deployment: Deployment | undefined, revision: bigint, output: OutputFormat): void {
  if (!deployment) return;
  if (output === "table") {
    const stages = deployment.stageNames.length > 0 ? `, live at ${deployment.stageNames.join(", ")}` : "";
    print(
      `deployment ${deployment.id} of API ${deployment.apiId}: ${deployment.methodCount} methods${stages}`,
    );
    report(`revision ${revision}`);
  } else print(toJson({ deployment, revision }));
}

const waitIf = async (
  wanted: boolean | undefined,
  session: Session,
  revision: bigint,
  output: OutputFormat,
) => {
  if (wanted) await waitForNodes(session, Number(revision), output, {});
};

function addCreate(program: Command): void {
  program
    .command("deploy")
    .description("create a deployment of an API and point a stage at it")
    .argument("<api>", "id of the API")
    .option("--stage <name>", "stage to point at the new deployment; created if it does not exist")
    .option("--description <text>", "description of the deployment", "")
    .option("--wait", "wait until every node has applied the change")
    .action(
      async (
        apiId: string,
        options: { stage?: string; description: string; wait?: boolean },
        command: Command,
      ) => {
        const globals = globalsOf(command);
        using session = openSession(globals);
        const { deployment, revision } = await session.deployments.createDeployment({
          accountId: globals.account,
          apiId,
          stageName: options.stage ?? "",
          description: options.description,
        });
        printDeployment(deployment, revision, globals.output);
        await waitIf(options.wait, session, revision, globals.output);
        await printUrls(session, deployment, globals.output);
      },
    );
}

function addRollback(program: Command): void {
  program
    .command("rollback")
    .description("point a stage at an earlier deployment")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--to <deployment>", "id of the deployment (default: the one before the current deployment)")
    .option("--wait", "wait until every node has applied the change")
    .action(
      async (apiId: string, options: { stage: string; to?: string; wait?: boolean }, command: Command) => {
        const globals = globalsOf(command);
        using session = openSession(globals);
        const { deployment, revision } = await session.deployments.rollbackStage({
          accountId: globals.account,
          apiId,
          stageName: options.stage,
          deploymentId: options.to ?? "",
        });
        printDeployment(deployment, revision, globals.output);
        await waitIf(options.wait, session, revision, globals.output);
        await printUrls(session, deployment, globals.output);
      },
    );
}

function addPromote(program: Command): void {
  program
    .command("promote")
    .description("make the canary's deployment and variables those of the stage, and end the canary")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--wait", "wait until every node has applied the change")
    .action(async (apiId: string, options: { stage: string; wait?: boolean }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { deployment, revision } = await session.deployments.promoteCanary({
        accountId: globals.account,
        apiId,
        stageName: options.stage,
      });
      printDeployment(deployment, revision, globals.output);
      await waitIf(options.wait, session, revision, globals.output);
    });
}

function addList(program: Command): void {
  program
    .command("deployments")
    .description("list an API's deployments, newest first")
    .argument("<api>", "id of the API")
    .action(async (apiId: string, _options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { deployments } = await session.deployments.listDeployments({
        accountId: globals.account,
        apiId,
        pageSize: 500,
      });
      if (globals.output !== "table") return print(toJson(deployments));
      const rows = deployments.map((d) => ({
        id: d.id,
        created: new Date(Number(d.createTimeUnixMs)).toISOString(),
        methods: d.methodCount,
        stages: d.stageNames.join(","),
        description: d.description,
      }));
      printTable(rows, ["id", "created", "methods", "stages", "description"]);
    });
}

/** addDeploy adds the commands that make deployments and point stages at them. */
export function addDeploy(program: Command): void {
  addCreate(program);
  addRollback(program);
  addPromote(program);
  addList(program);
}
