import type { AccountView, Stored } from "../../port.ts";
import { badRequest, conflict } from "./errors.ts";

/** Use is a method of an API as AWS's sentences name it. */
interface Use {
  readonly verb: string;
  readonly resourceId: string;
  readonly path: string;
}

type Method = NonNullable<Stored<"Resource">["entity"]["spec"]["methods"]["GET"]>;

/** The methods of an API that fit, in the order of their paths. */
function methodsOf(account: AccountView, apiId: string, fits: (method: Method) => boolean): readonly Use[] {
  return [...account.list("Resource", apiId)]
    .sort((a, b) => (a.entity.spec.path < b.entity.spec.path ? -1 : 1))
    .flatMap(({ entity: { id, spec } }) =>
      Object.entries(spec.methods)
        .filter(([, method]) => fits(method))
        .map(([verb]) => ({ verb, resourceId: id, path: spec.path })),
    );
}

/** Refuses to delete what methods of its API name: AWS's sentence ends in such as GET//pets. */
function unused(what: string, uses: readonly Use[]): void {
  const [use] = uses;
  if (use) throw conflict(`Cannot delete ${what}, is referenced in method: ${use.verb}/${use.path}`);
}

/** unusedAuthorizer refuses to delete an authorizer that methods name (hashicorp/terraform-provider-aws#14812). */
export const unusedAuthorizer = ({ entity }: Stored<"Authorizer">, account: AccountView): void =>
  unused(
    `authorizer '${entity.spec.name}'`,
    methodsOf(account, entity.apiId, ({ authorizerId }) => authorizerId === entity.id),
  );

/** unusedValidator refuses to delete a validator that methods name, which AWS does (localstack/localstack#7846), in the words for authorizers. */
export const unusedValidator = ({ entity }: Stored<"RequestValidator">, account: AccountView): void =>
  unused(
    `request validator '${entity.spec.name}'`,
    methodsOf(account, entity.apiId, ({ requestValidatorId }) => requestValidatorId === entity.id),
  );

/** unusedVpcLink refuses to delete a VPC link that integrations name (klothoplatform/klotho#202, hashicorp/terraform#18392). */
export function unusedVpcLink({ entity: { id } }: Stored<"VpcLink">, account: AccountView): void {
  const uses = [...account.list("RestApi", "")].flatMap(({ entity: api }) => {
    const methods = methodsOf(
      account,
      api.id,
      ({ integration }) =>
        integration !== undefined && "connectionId" in integration && integration.connectionId === id,
    );
    const stages = methods.length > 0 ? [...account.list("Stage", api.id)] : [];
    // AWS names the stages that are deployed.
    const suffixes = stages.length > 0 ? stages.map(({ entity: stage }) => `:${stage.id}`) : [""];
    return methods.flatMap(({ verb, resourceId }) =>
      suffixes.map((suffix) => `${api.id}:${verb}:${resourceId}${suffix}`),
    );
  });
  if (uses.length > 0)
    throw badRequest(
      `Cannot delete vpc link. Vpc link '${id}', is referenced in [${uses.join(", ")}] in format of [RESTApiId:Method:Resource:Stage].`,
    );
}

/** Whether a base path of a custom domain leads to an API, or to a stage of it. */
const isMapped = (account: AccountView, restApiId: string, stageName?: string): boolean =>
  [...account.list("DomainName", "")].some(({ entity: { spec } }) =>
    Object.values(spec.basePathMappings).some(
      (one) => one.restApiId === restApiId && (stageName === undefined || one.stage === stageName),
    ),
  );

/** unmappedApi refuses to delete an API that custom domains lead to (amplify-education/serverless-domain-manager#406). */
export function unmappedApi({ entity: { id } }: Stored<"RestApi">, account: AccountView): void {
  if (isMapped(account, id))
    throw badRequest(
      `Deleting RestApi ${id} failed. Please remove all base path mappings related to the RestApi in your domains.`,
    );
}

/** unmappedStage refuses to delete a stage that custom domains lead to (hashicorp/terraform-provider-aws#41651). */
export function unmappedStage({ entity: { apiId, id } }: Stored<"Stage">, account: AccountView): void {
  if (isMapped(account, apiId, id))
    throw badRequest(
      `Deleting stage ${id} failed. Please remove all base path mappings related to the stage in your domains.`,
    );
}
