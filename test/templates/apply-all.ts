import { parse } from "yaml";
import { TEMPLATE_TAGS } from "@tollgate/cloudformation/tags";
import { kinds } from "@tollgate/config";
import { Change_Action } from "@tollgate/proto/control";
import { type Gateway, startGateway } from "../kit/gateway.ts";
import { parametersOf } from "./compare.ts";
import { filesFor } from "./files.ts";

/** The template with a stage that is of no API. */
function broken(template: string): string {
  const value = parse(template, { customTags: TEMPLATE_TAGS }) as { readonly Resources?: object };
  const resource = { Type: "AWS::ApiGateway::Stage", Properties: { RestApiId: "none", StageName: "a b" } };
  return JSON.stringify({ ...value, Resources: { ...value.Resources, BrokenOnPurpose: resource } });
}

const problemOf = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );

/** The life of a stack: made, refused a broken change, the same again, deleted. What went wrong; undefined: nothing. */
async function life({ stacks }: Gateway, name: string, template: string): Promise<string | undefined> {
  const request = { name, template, parameters: parametersOf(template), files: filesFor(template) };
  const problem = await problemOf(stacks.applyStack(request));
  if (problem !== undefined) return `cannot be applied: ${problem}`;
  const refusal = await problemOf(stacks.applyStack({ ...request, template: broken(template) }));
  if (!refusal?.includes("BrokenOnPurpose")) return `a broken change: ${refusal ?? "applied"}`;
  const { changes } = await stacks.applyStack(request);
  const changed = changes.filter(({ action }) => action !== Change_Action.UNCHANGED);
  await stacks.deleteStack({ name });
  return changed.length === 0 ? undefined : `${changed.length} entities were not as before`;
}

/** applyAll brings each template to a running gateway, one after the other: name -> template. Returns how many do not hold. */
export async function applyAll(templates: ReadonlyMap<string, string>): Promise<number> {
  await using gateway = await startGateway();
  const result = { templates: 0, hold: 0, refused: 0, wrong: 0 };
  for (const [name, template] of templates) {
    const problem = await life(gateway, stackName(name), template);
    result.templates++;
    result[problem === undefined ? "hold" : problem.startsWith("cannot") ? "refused" : "wrong"]++;
    process.stdout.write(`${name}: ${problem ?? "holds"}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.templates - result.hold;
}

/** A file's name as a stack's. */
function stackName(file: string): string {
  const name = file.replace(/\.\w+$/, "").replace(/[^A-Za-z0-9-]/g, "-");
  if (!kinds.Stack.id.pattern.test(name)) throw new Error(`${file} is not a valid stack name`);
  return name;
}
