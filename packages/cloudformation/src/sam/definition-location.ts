import { shown } from "../shown.ts";
import { isNode, type Node, present } from "./node.ts";
import { fail, type SamContext, type SamResource } from "./sam-context.ts";

/** bucketOf is the location of a definition in a bucket. */
export function bucketOf(context: SamContext, api: SamResource): Node | undefined {
  const uri = api.properties.DefinitionUri;
  if (uri === undefined) return undefined;
  if (isNode(uri) && uri.Bucket !== undefined && uri.Key !== undefined)
    return present({ Bucket: uri.Bucket, Key: uri.Key, Version: uri.Version });
  const found = /^s3:\/\/([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(shown(uri));
  if (found) return present({ Bucket: found[1], Key: found[2], Version: found[3] });
  fail(
    context,
    api.logicalId,
    ["DefinitionUri"],
    "must be s3://bucket/key, or Bucket and Key; put the definition of a file into DefinitionBody",
  );
  return undefined;
}
