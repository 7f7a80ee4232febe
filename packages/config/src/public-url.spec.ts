import { describe, expect, it } from "vitest";
import { apiUrl, awsPublicUrl, urlSuffix } from "./public-url.ts";

describe("the address of an API", () => {
  it.each([
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/_aws/execute-api/abc", undefined],
    ["https://apis.example.com/", "https://apis.example.com/_aws/execute-api/abc", undefined],
    ["https://{api}.apis.example.com", "https://abc.apis.example.com", undefined],
    [
      "http://{api}.execute-api.eu-west-1.localhost:8080",
      "http://abc.execute-api.eu-west-1.localhost:8080",
      "localhost:8080",
    ],
    [awsPublicUrl("us-east-1"), "https://abc.execute-api.us-east-1.amazonaws.com", "amazonaws.com"],
  ])("at %s is %s", (publicUrl, url, suffix) => {
    expect([apiUrl(publicUrl, "abc"), urlSuffix(publicUrl)]).toEqual([url, suffix]);
  });
});
