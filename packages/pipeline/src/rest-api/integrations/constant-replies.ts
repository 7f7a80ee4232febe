import type { Integration } from "@tollgate/config";
import { isConstantTemplate, isLiteral } from "@tollgate/mapping";
import type { Call, Integrate } from "../../call/call.ts";
import { lastHeader } from "../../call/header-lookup.ts";
import type { Reply } from "../../call/reply.ts";
import { compileRequestTemplates } from "../../values/request-template.ts";
import type { RestContext } from "../context.ts";

type Templated = Pick<
  Integration,
  "requestTemplates" | "passthroughBehavior" | "integrationResponses" | "contentHandling"
>;

/** Whether nothing of a call is in the replies of an integration without an upstream, but for which of its templates are chosen. */
function isConstant(
  { requestTemplates, integrationResponses, contentHandling }: Templated,
  { binaryMediaTypes }: Pick<RestContext, "binaryMediaTypes">,
): boolean {
  // What is binary or converted, a template may refuse to read.
  if (binaryMediaTypes.length > 0 || contentHandling !== undefined) return false;
  return (
    Object.values(requestTemplates).every(isConstantTemplate) &&
    Object.values(integrationResponses).every(
      (response) =>
        response.contentHandling === undefined &&
        Object.values(response.responseTemplates ?? {}).every(isConstantTemplate) &&
        Object.values(response.responseParameters ?? {}).every(isLiteral),
    )
  );
}

/** A body has to be read, and a log or a trace shows how the reply was made. */
const isMadeAnew = ({ hasBody, log, traced }: Call): boolean =>
  hasBody || log !== undefined || traced !== undefined;

/** constantReplies makes each reply of an integration without an upstream once, where all its templates and headers are constants. */
export function constantReplies(
  integration: Templated,
  context: Pick<RestContext, "binaryMediaTypes">,
  make: Integrate,
): Integrate {
  if (!isConstant(integration, context)) return make;
  const { choose } = compileRequestTemplates(integration);
  const received = new Set(
    Object.values(integration.integrationResponses).flatMap(({ responseTemplates = {} }) =>
      Object.keys(responseTemplates),
    ),
  );
  const accepted = ({ headers }: Call): string => {
    const accept = received.size > 1 ? lastHeader(headers, "accept") : "";
    return received.has(accept) ? accept : "";
  };
  /** By the template of the request, and the media type of that of the response; empty: the client accepts none of them. */
  const known = new Map<object, Map<string, Reply>>();
  const keep = (choice: object, accept: string, reply: Reply): Reply => {
    const replies = known.get(choice) ?? new Map<string, Reply>();
    known.set(choice, replies.set(accept, reply));
    return reply;
  };
  return (call) => {
    const choice = isMadeAnew(call) ? undefined : choose(call.contentType);
    if (!choice || "refusal" in choice) return make(call);
    const accept = accepted(call);
    const reply = known.get(choice)?.get(accept);
    if (reply) return reply;
    const made = make(call);
    return made instanceof Promise
      ? made.then((late) => late && keep(choice, accept, late))
      : keep(choice, accept, made);
  };
}
