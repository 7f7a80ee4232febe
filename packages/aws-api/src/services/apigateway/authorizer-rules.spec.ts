import { expect, it } from "vitest";
import { refuseAuthorizer } from "./authorizer-rules.ts";

const refusal = (uriRegion: string, ownRegion: string) => () =>
  refuseAuthorizer(
    {
      name: "x",
      type: "TOKEN",
      authorizerUri: `arn:aws:apigateway:${uriRegion}:lambda:path/2015-03-31/functions/arn:aws:lambda:${uriRegion}:123456789012:function:a/invocations`,
    },
    ownRegion,
  );

it.each(["us-east-1", "us-gov-west-1", "eu-isoe-west-1", "ap-southeast-7", "onsite"])(
  "a function in %s is taken by a gateway of the region onsite",
  (region) => {
    expect(refusal(region, "onsite")).not.toThrow();
  },
);

it.each(["region", "onsite", "us-east"])("one in %s is refused by a gateway of us-east-1", (region) => {
  expect(refusal(region, "us-east-1")).toThrow(/^Invalid Authorizer URI: /);
});
