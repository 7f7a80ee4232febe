import { skeletonOf } from "./definition-editor.ts";
import { eventsOf } from "./functions.ts";
import { httpSkeleton } from "./http-api.ts";
import type { Known } from "./known-values.ts";
import { isNode, type Node, present } from "./node.ts";
import type { SamResource } from "./sam-context.ts";
import { API, HTTP_API, readResource } from "./sam-resource.ts";

/** The APIs of events that do not name one. */
export const IMPLICIT_API = "ServerlessRestApi";
export const IMPLICIT_HTTP_API = "ServerlessHttpApi";

/** ImplicitApi is the API of events that name none. */
interface ImplicitApi {
  readonly logicalId: string;
  readonly type: string;
  readonly event: string;
  /** The property with which an event names its API. */
  readonly member: string;
  readonly properties: () => Node;
}

const IMPLICIT: readonly ImplicitApi[] = [
  {
    logicalId: IMPLICIT_API,
    type: API,
    event: "Api",
    member: "RestApiId",
    properties: () => ({ StageName: "Prod", DefinitionBody: skeletonOf(), __MANAGE_SWAGGER: true }),
  },
  {
    logicalId: IMPLICIT_HTTP_API,
    type: HTTP_API,
    event: "HttpApi",
    member: "ApiId",
    properties: () => ({ DefinitionBody: httpSkeleton(), __MANAGE_SWAGGER: true }),
  },
];

/** Whether an event's API is the implicit one: it names none, or the implicit one as packaged templates do. */
const isImplicit = (api: unknown, logicalId: string): boolean =>
  api === undefined || api === logicalId || (isNode(api) && api.Ref === logicalId);

/**
 * The implicit API if an event needs one, with the settings and tags of its functions. It replaces a resource of its name: packaged
 * templates contain the API that SAM made of the same events.
 */
function implicitApi(
  { logicalId, type, event, member, properties }: ImplicitApi,
  resources: readonly SamResource[],
  globals: Node,
  known: Known,
): readonly SamResource[] {
  const users = resources.filter((resource) =>
    eventsOf(resource, event).some(({ properties: given }) => isImplicit(given[member], logicalId)),
  );
  if (users.length === 0) return [];
  const policyOf = (name: string) => {
    const all = users.map(({ attributes }) => attributes[name]);
    return ["Retain", "Snapshot", "Delete"].find((one) => all.includes(one));
  };
  const tagged = users.filter(
    (user) => user.properties.PropagateTags === true && isNode(user.properties.Tags),
  );
  const tags = Object.assign({}, ...tagged.map((user) => user.properties.Tags as Node)) as Node;
  const given = {
    Type: type,
    ...present({
      DeletionPolicy: policyOf("DeletionPolicy"),
      UpdateReplacePolicy: policyOf("UpdateReplacePolicy"),
    }),
    Properties: { ...properties(), ...(tagged.length > 0 ? { Tags: tags, PropagateTags: true } : {}) },
  };
  return [readResource(logicalId, given, globals, known)];
}

/** implicitApis are the implicit APIs that events need. */
export const implicitApis = (
  resources: readonly SamResource[],
  globals: Node,
  known: Known,
): readonly SamResource[] => IMPLICIT.flatMap((api) => implicitApi(api, resources, globals, known));
