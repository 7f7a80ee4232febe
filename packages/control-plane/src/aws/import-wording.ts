import { type ImportRefusal, linesOf, listedErrors, placed } from "@tollgate/aws-api";
import type { Manifest, Problem } from "@tollgate/config";
import { type Finding, type Part, partOf, shortened } from "@tollgate/openapi";
import { sentenceOf, type Worded } from "./wording.ts";

/** The most places that a hint names; there may be thousands. */
const HINTED_MAX = 50;

/** What AWS could not do with a part of a definition, as public reports quote it. */
const ATTEMPTS: { readonly [K in Part["kind"]]: (part: Extract<Part, { readonly kind: K }>) => string } = {
  // aws-sam-cli #2410, of an HTTP API
  authorizer: ({ name }) => `Unable to create Authorizer '${name}'`,
  // Testlio/lambda-tools #56, ustayready/fireprox #37
  integration: ({ method, path }) =>
    `Unable to put integration on '${method}' for resource at path '${path}'`,
  integrationResponse: ({ method, path }) =>
    `Unable to put integration response on '${method}' for resource at path '${path}'`,
  // floci-io/floci #3549; aws-sam-cli #2410, of an HTTP API
  method: ({ method, path }) => `Unable to put method '${method}' on resource at path '${path}'`,
  // edx/api-manager #259
  model: ({ name }) => `Unable to create model for '${name}'`,
  // amazon-archives/aws-apigateway-importer #202, awslabs/aws-api-gateway-developer-portal #424
  resource: ({ path }) => `Unable to create resource at path '${path}'`,
};

const attemptOf = (part: Part | undefined): string | undefined =>
  part && (ATTEMPTS[part.kind] as (part: Part) => string)(part);

/** Fault is one reason why a definition is not imported. */
interface Fault {
  readonly attempt: string | undefined;
  /** AWS's sentence; undefined: it is unknown. */
  readonly sentence: string | undefined;
  /** The place and what is wrong there. */
  readonly own: string;
  /** Found of the entity, which calls check after what they are given. */
  readonly isOfEntity: boolean;
}

const ofFinding = (finding: Finding): Fault => ({
  attempt: attemptOf(finding.part),
  sentence: (finding.problem && sentenceOf(finding.problem)) ?? finding.onAws,
  own: placed(finding),
  isOfEntity: finding.problem !== undefined,
});

/** What the entities that a definition becomes are called in problems. */
const byName = (manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
  new Map(manifests.map((manifest) => [`${manifest.kind}/${manifest.id}`, manifest]));

/** The entity that a problem is of is one of these, or one that the definition does not make. */
function ofProblem(problem: Problem, manifests: ReadonlyMap<string, Manifest>): Fault {
  const [entity = "", ...steps] = problem.path.split(".");
  const manifest = manifests.get(entity);
  const part = manifest && partOf(manifest, problem.member ?? steps);
  // Ids of resources are made by the import: nobody knows them.
  const place =
    part && "path" in part ? problem.path.replace(entity, () => `Resource '${part.path}'`) : problem.path;
  return {
    attempt: attemptOf(part),
    sentence: sentenceOf(problem),
    own: shortened(`${place}: ${problem.message}`),
    isOfEntity: true,
  };
}

/** The sentence that each part has: the first that AWS's call would fail with. */
function sentences(faults: readonly Fault[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const inOrder = faults.toSorted((a, b) => Number(a.isOfEntity) - Number(b.isOfEntity));
  for (const { attempt, sentence } of inOrder)
    if (attempt !== undefined && sentence !== undefined && !first.has(attempt)) first.set(attempt, sentence);
  return first;
}

/** As on AWS, a part that cannot be made has one line. Where no sentence is known, each of its faults is shown with its place. */
function linesOfFaults(faults: readonly Fault[]): ReadonlySet<string> {
  const first = sentences(faults);
  return new Set(
    faults.map(({ attempt, sentence, own }) => {
      const worded = attempt === undefined ? undefined : first.get(attempt);
      return worded === undefined ? (sentence ?? own) : `${attempt}: ${worded}`;
    }),
  );
}

/** inImportWords is what AWS says about a definition that it does not import. `problems` are of the entities that it becomes. */
export function inImportWords({ findings, manifests }: ImportRefusal, problems: readonly Problem[]): Worded {
  const named = byName(manifests);
  const faults = [
    ...findings.filter(({ level }) => level === "error").map(ofFinding),
    ...problems.map((problem) => ofProblem(problem, named)),
  ];
  const lines = linesOfFaults(faults);
  const hints = [...new Set(faults.map(({ own }) => own))].filter((own) => !lines.has(own));
  return {
    message: listedErrors([...lines], linesOf(findings, "warning")),
    ...(hints.length > 0 ? { hint: hints.slice(0, HINTED_MAX).join("; ") } : {}),
  };
}
