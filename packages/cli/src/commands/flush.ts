import type { Command } from "commander";
import { print, tell, toJson } from "../output.ts";
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
    .description("forget the responses that a stage has cached, or what its authorizers have answered")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .option("--authorizers", "the answers of authorizers instead of responses")
    .option("--wait", "wait until every node has forgotten them")
    .action(async (apiId: string, options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const request = { accountId: globals.account, apiId, stageName: options.stage };
      const { revision } = options.authorizers
        ? await session.deployments.flushStageAuthorizersCache(request)
        : await session.deployments.flushStageCache(request);
      if (globals.output === "table") {
        print(
          `${options.authorizers ? "authorizers" : "responses"} of ${apiId}/${options.stage} are forgotten`,
        );
        tell(`revision ${revision}`);
      } else print(toJson({ revision }));
      if (options.wait) await waitForNodes(session, Number(revision), globals.output, {});
    });
}
