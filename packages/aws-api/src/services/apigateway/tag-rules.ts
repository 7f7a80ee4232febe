import { type AwsRequest, type Operation, textMap } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";

type Tags = Readonly<Record<string, string>>;

const TAGS_MAX = 50;

/** refuseTooManyTags throws AWS's error for more tags than a resource can have. */
export function refuseTooManyTags(tags: Tags): void {
  if (Object.keys(tags).length > TAGS_MAX) throw badRequest(`A resource can have at most ${TAGS_MAX} tags`);
}

/** Throws AWS's error for keys that are AWS's own (quoted in serverless/serverless #9223), and for too many tags. */
function checkTags(tags: Tags): void {
  if (Object.keys(tags).some((key) => key.toLowerCase().startsWith("aws:")))
    throw badRequest("Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)");
  refuseTooManyTags(tags);
}

/** tagging is an operation that checks the tags it is given. */
export const tagging = (operation: Operation): Operation => ({
  ...operation,
  run: (request: AwsRequest) => {
    checkTags(textMap(request.body, "tags"));
    return operation.run(request);
  },
});
