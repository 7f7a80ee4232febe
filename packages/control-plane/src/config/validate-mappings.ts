import { canonicalJson, type Entity, type Method, nameOf, type Problem, problemAt } from "@tollgate/config";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";

/** A parameter of the method's request in a mapping. */
const METHOD_PARAMETER = /^method\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/;

/** The parameters that an integration maps but its method does not declare. */
const undeclared = ({ integration, requestParameters }: Method): string[] =>
  Object.values(integration?.requestParameters ?? {}).filter((expression) => {
    const [, place, name] = METHOD_PARAMETER.exec(expression) ?? [];
    return place !== undefined && !Object.hasOwn(requestParameters, `method.request.${place}.${name}`);
  });

/**
 * mappingProblems reports integrations that map parameters which their methods do not declare. An integration that does not change is left
 * alone: AWS's clients remove a parameter from the method before they remove its mapping.
 */
export function mappingProblems(state: AccountState | undefined, resource: Entity<"Resource">): Problem[] {
  const before = state?.entities.get(nameOf(resource))?.entity as Entity<"Resource"> | undefined;
  return Object.entries(resource.spec.methods).flatMap(([verb, method]) => {
    const parameters = undeclared(method);
    const known = before?.spec.methods[verb as keyof typeof before.spec.methods]?.integration;
    if (parameters.length === 0 || (known && canonicalJson(known) === canonicalJson(method.integration)))
      return [];
    const path = `Resource/${resource.id}.methods.${verb}.integration.requestParameters`;
    return [problemAt(path, facts.PARAMETERS_UNDECLARED({ parameters: parameters.join(", ") }))];
  });
}
