import { expect, it } from "vitest";
import { RecordingHost, wireRequest } from "../../protocol/host.fixture.ts";
import { jsonEndpoint } from "../../protocol/json/endpoint.ts";
import { wafv2 } from "./service.ts";

const WebACLArn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shield/0-0";
const ResourceArn = "arn:aws:apigateway:eu-west-1::/restapis/abcdefghij/stages/prod";

it.each([
  ["AssociateWebACL", WebACLArn],
  ["DisassociateWebACL", ResourceArn],
])("%s needs to be allowed for the stage too", async (operation, resource) => {
  const host = new RecordingHost();
  const request = wireRequest({
    headers: ["X-Amz-Target", `AWSWAF_20190729.${operation}`],
    body: JSON.stringify({ WebACLArn, ResourceArn }),
  });
  await jsonEndpoint(wafv2).serve(request, host);
  expect(host.calls[0]?.intent?.()).toEqual({
    action: `wafv2:${operation}`,
    resource,
    and: { action: "apigateway:SetWebACL", resource: ResourceArn },
  });
});
