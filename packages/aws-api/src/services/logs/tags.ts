import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError } from "./errors.ts";
import {
  arnOfGroup,
  identifiedGroup,
  inputOf,
  ofGroup,
  STRING,
  STRINGS,
  TAGS,
  tagsOf,
  textOf,
} from "./inputs.ts";

async function tagsOfGroup({ application, caller }: JsonRequest, name: string) {
  const group = (await application.logs.groups(caller.accountId)).find((one) => one.name === name);
  if (!group) throw logsError("ResourceNotFoundException", "The specified log group does not exist.");
  return { tags: group.tags };
}

/** The operations of tags, by the ARN of a group, and as they were called before by its name. */
const operations = (
  [tag, untag, list]: readonly [string, string, string],
  { member, removed }: { readonly member: string; readonly removed: string },
): readonly JsonOperation[] => {
  const nameOf = (request: JsonRequest): string => identifiedGroup(request, textOf(request.input, member));
  // Of the group that is changed: an ARN may be written in several ways, and a policy must decide the same about all of them.
  const resource = (request: JsonRequest) =>
    member === "resourceArn" ? arnOfGroup(request, nameOf(request)) : ofGroup(request);
  return [
    {
      name: tag,
      input: inputOf({ [member]: STRING, tags: TAGS }, [member, "tags"]),
      resource,
      async run(request) {
        const { application, caller, input } = request;
        await application.logs.updateGroup(caller.accountId, nameOf(request), { tags: tagsOf(input) });
        return undefined;
      },
    },
    {
      name: untag,
      input: inputOf({ [member]: STRING, [removed]: STRINGS }, [member, removed]),
      resource,
      async run(request) {
        const { application, caller, input } = request;
        const removedTags = input[removed] as readonly string[];
        await application.logs.updateGroup(caller.accountId, nameOf(request), { removedTags });
        return undefined;
      },
    },
    {
      name: list,
      isReadOnly: true,
      input: inputOf({ [member]: STRING }, [member]),
      resource,
      run: (request) => tagsOfGroup(request, nameOf(request)),
    },
  ];
};

/** tagOperations are the operations of the tags of log groups. */
export const tagOperations: readonly JsonOperation[] = [
  ...operations(["TagResource", "UntagResource", "ListTagsForResource"], {
    member: "resourceArn",
    removed: "tagKeys",
  }),
  ...operations(["TagLogGroup", "UntagLogGroup", "ListTagsLogGroup"], {
    member: "logGroupName",
    removed: "tags",
  }),
];
