import type { Command } from "commander";
import { CliError, EXIT, print, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { allEntities } from "./get.ts";

const collect = (value: string, before: readonly string[]) => [...before, value];

function pairOf(text: string, separator: string, option: string): readonly [string, string] {
  const at = text.indexOf(separator);
  if (at < 1) throw new CliError(`${option} '${text}' must be name${separator}value`, EXIT.USAGE);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** resourceIdOf finds a resource by its path; an id is returned unchanged. */
async function resourceIdOf(
  session: Session,
  accountId: string,
  apiId: string,
  resource: string,
): Promise<string> {
  if (!resource.startsWith("/")) return resource;
  const entities = await allEntities(session, { accountId, kind: "Resource", apiId });
  const found = entities.find(
    ({ specJson }) => (JSON.parse(specJson) as { path?: string }).path === resource,
  );
  if (!found) throw new CliError(`API '${apiId}' has no resource with the path ${resource}`);
  return found.id;
}

interface Options {
  readonly path: string;
  readonly header: readonly string[];
  readonly variable: readonly string[];
  readonly body: string;
  readonly log?: boolean;
}

export function addTestInvoke(program: Command): void {
  program
    .command("test-invoke")
    .description("call a method as it is configured now, deployed or not, and show its execution log")
    .argument("<api>", "id of the API")
    .argument("<method>", "verb, such as GET")
    .argument("<resource>", "path of the resource, such as /pets/{id}, or its id")
    .option(
      "--path <path>",
      "path and query to call, such as /pets/7?full=true (default: the resource's path)",
      "",
    )
    .option("--header <name:value>", "a request header; repeatable", collect, [])
    .option("--variable <name=value>", "a stage variable; repeatable", collect, [])
    .option("--body <text>", "request body", "")
    .option("--no-log", "show the response only")
    .action(async (apiId: string, verb: string, resource: string, options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const response = await session.tests.testInvokeMethod({
        accountId: globals.account,
        apiId,
        resourceId: await resourceIdOf(session, globals.account, apiId, resource),
        httpMethod: verb.toUpperCase(),
        pathWithQueryString: options.path,
        headers: options.header.map((text) => {
          const [name, value] = pairOf(text, ":", "--header");
          return { name, value };
        }),
        body: Buffer.from(options.body),
        stageVariables: Object.fromEntries(options.variable.map((text) => pairOf(text, "=", "--variable"))),
      });
      const body = Buffer.from(response.body).toString("utf8");
      const { status, headers, latencyMs, log } = response;
      if (globals.output !== "table") return print(toJson({ status, headers, body, latencyMs, log }));
      if (options.log !== false) report(log);
      report(`${status} after ${latencyMs} ms`);
      for (const { name, value } of headers) report(`${name}: ${value}`);
      print(body);
    });
}
