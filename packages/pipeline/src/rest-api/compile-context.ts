import type { Definition, Problem, SpecOf, StageManifest } from "@tollgate/config";
import { compileResourcePolicy } from "../authorization/resource-policy.ts";
import type { CompileInput } from "./compile.ts";
import { readDefinitions, type Definitions } from "./definitions.ts";
import type { RouteContext } from "../engine/route.ts";
import { contextOf } from "./context.ts";

/** The definitions of a deployment; chunks that are missing are problems. */
function definitionsOf({ manifest, chunk }: CompileInput): {
  definitions: Definitions;
  problems: readonly Problem[];
} {
  const found: Definition[] = [];
  const missing: Problem[] = [];
  for (const digest of manifest.definitions) {
    const content = chunk(digest);
    if (!content) missing.push(missingChunk(manifest, digest));
    for (const entity of content?.entities ?? []) if (entity.kind !== "Resource") found.push(entity);
  }
  return { definitions: readDefinitions(manifest.apiId, found), problems: missing };
}

/** What the methods of a deployment have in common, and what keeps it from being had. */
export function contextAndProblems(input: CompileInput): {
  context: RouteContext;
  problems: readonly Problem[];
} {
  const { manifest, ports } = input;
  const { definitions, problems } = definitionsOf(input);
  const { policy, problems: ofPolicy } = compileResourcePolicy(manifest.restApi.policy, {
    region: ports.region,
    accountId: manifest.accountId,
    apiId: manifest.apiId,
  });
  return {
    context: contextOf(input, definitions, policy),
    problems: [...problems, ...ofPolicy.map((problem) => policyProblem(manifest.apiId, problem))],
  };
}

const policyProblem = (apiId: string, { path, message }: Problem): Problem => ({
  path: `RestApi/${apiId}.policy${path}`,
  message,
});

/** checkRestApi tells what of an API would not compile in any stage. */
export const checkRestApi = (apiId: string, { policy }: SpecOf<"RestApi">): readonly Problem[] =>
  compileResourcePolicy(policy, { region: "", accountId: "", apiId }).problems.map((problem) =>
    policyProblem(apiId, problem),
  );

export const missingChunk = ({ stageName, deploymentId }: StageManifest, digest: string): Problem => ({
  path: `Stage/${stageName}`,
  message: `chunk ${digest.slice(0, 12)} of deployment '${deploymentId}' is missing`,
});
