import { describe, expect, it } from "vitest";
import { configFacts, problemAt } from "@tollgate/config";
import { inAwsWords } from "./wording.ts";

const missing = (kind: string) =>
  problemAt(
    "Resource/r1.methods.GET",
    configFacts.REFERENCE_MISSING({ kind, id: "pet", apiId: "abcdefghij" }),
  );

describe("a problem in AWS's words", () => {
  it.each([
    ["a missing model", missing("Model"), "Invalid model identifier specified: pet"],
    ["a missing validator", missing("RequestValidator"), "Invalid Request Validator identifier specified"],
    [
      "a missing authorizer",
      missing("Authorizer"),
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ],
    [
      "an HTTP URI",
      problemAt("Resource/r1.methods.GET.integration.uri", configFacts.HTTP_URI_INVALID()),
      "Invalid HTTP endpoint specified for URI",
    ],
    [
      "a sentence that is AWS's already",
      problemAt("ApiKey/k1.value", configFacts.API_KEY_TOO_SHORT({ least: 20 })),
      "API Key value should be at least 20 characters",
    ],
  ])("%s", (_, problem, sentence) => {
    expect(inAwsWords(problem).message).toBe(sentence);
  });

  it("depends on the code, not on the message", () => {
    expect(inAwsWords({ ...missing("Model"), message: "other words" })).toEqual({
      message: "Invalid model identifier specified: pet",
      hint: "Resource/r1.methods.GET: other words",
    });
  });

  it("names the path if AWS's sentence is unknown", () => {
    expect(inAwsWords(missing("VpcLink"))).toEqual({
      message:
        "Resource/r1.methods.GET: there is no VpcLink 'pet' in API 'abcdefghij': apply it before, or in the same request",
    });
  });
});
