import type { Command } from "commander";
import { print, report, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { waitForNodes } from "./wait.ts";

interface Options {
  readonly stage: string;
  readonly authorizers?: boolean;
  readonly wait?: boolean;
}

export function addFlush(program: Command): void {
  program
    .command("flush")
    .description("clear the response cache of a stage, or the cache of its authorizers")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--authorizers", "clear cached authorizer results instead of responses")
    .option("--wait", "wait until every node has cleared its cache")
    .action(async (apiId: string, options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const request = { accountId: globals.account, apiId, stageName: options.stage };
      const { revision } = options.authorizers
        ? await session.deployments.flushStageAuthorizersCache(request)
        : await session.deployments.flushStageCache(request);
      if (globals.output === "table") {
        print(
          `${options.authorizers ? "authorizer" : "response"} cache of ${apiId}/${options.stage} cleared`,
        );
        report(`revision ${revision}`);
      } else print(toJson({ revision }));
      if (options.wait) await waitForNodes(session, Number(revision), globals.output, {});
    });
}
