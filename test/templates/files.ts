import { namedFiles } from "@tollgate/cloudformation";

const DEFINITION = JSON.stringify({
  openapi: "3.0.1",
  info: { title: "of a bucket", version: "1" },
  paths: {
    "/pets": {
      get: {
        responses: {},
        "x-amazon-apigateway-integration": {
          type: "http_proxy",
          httpMethod: "GET",
          uri: "http://127.0.0.1:9/pets",
          payloadFormatVersion: "1.0",
        },
      },
    },
  },
});

/** filesFor gives a definition for each file that a template names, beside it or in a bucket. */
export function filesFor(template: string): Record<string, string> {
  const names = new Set(namedFiles(template));
  for (const [name] of template.matchAll(/s3:\/\/[\w.-]+\/[\w./-]+/g)) names.add(name);
  for (const [, bucket, key] of template.matchAll(/Bucket: *['"]?([\w.-]+)['"]?\s+Key: *['"]?([\w./-]+)/g))
    names.add(`s3://${bucket}/${key}`);
  return Object.fromEntries([...names].map((name) => [name, DEFINITION]));
}
