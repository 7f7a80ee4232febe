import { expect, it } from "vitest";
import { callOf, FUNCTION_URI, lambda, restRoute } from "../../kit/index.ts";

/** Some hundred thousand steps of an automaton: more than an event loop waits for. */
const WORDS = "the quick brown fox jumps over some lazy dog ".repeat(5_000);
const HIDDEN = WORDS.replaceAll(/quick|brown|jumps|lazy/g, "*");
const PATTERN = "(quick|brown|jumps|lazy|[A-Z]{3,9}x)";

/** It would write the header twice if it were rendered on top of what it wrote. */
const template = (override: string) =>
  `#set($${override} = "$!{${override}}once")$input.body.replaceAll("${PATTERN}", "*")`;

const integration = (more: object) => ({
  integration: { type: "HTTP", httpMethod: "POST", uri: "http://pets.example", ...more },
});

it("a template of a request whose patterns take longer than an event loop waits is rendered beside it", async () => {
  const { status, sent } = await callOf(
    restRoute(
      "POST /a",
      integration({
        requestTemplates: { "application/json": template("context.requestOverride.header.x") },
        integrationResponses: { "200": {} },
      }),
    ),
    { method: "POST", path: "/a", body: WORDS },
  );
  expect(status).toBe(200);
  expect(sent[0]?.body).toBe(HIDDEN);
  expect(sent[0]?.headers.x).toBe("once");
});

it("so is one of a response", async () => {
  const outcome = await callOf(
    restRoute(
      "POST /a",
      integration({
        integrationResponses: {
          "200": {
            responseTemplates: { "application/json": template("context.responseOverride.header.x") },
          },
        },
      }),
    ),
    { method: "POST", path: "/a", body: "{}" },
    { upstream: () => ({ body: WORDS }) },
  );
  expect(outcome.status).toBe(200);
  expect(outcome.body).toBe(HIDDEN);
  expect(outcome.headers.x).toBe("once");
});

/** Letters whose automaton finds a new state with each of them. */
let seed = 1;
const letter = () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b");
const lettersOf = (length: number) => Array.from({ length }, letter).join("");

it("so is a response selected by what a function failed with", async () => {
  const text = `${lettersOf(11_000)}a${"b".repeat(150)}`;
  const outcome = await callOf(
    restRoute("POST /a", {
      integration: {
        type: "AWS",
        httpMethod: "POST",
        uri: FUNCTION_URI,
        integrationResponses: { "200": {}, "400": { selectionPattern: "[ab]*a[ab]{150}" } },
      },
    }),
    { method: "POST", path: "/a", body: "{}" },
    {
      upstream: lambda(() => {
        throw new Error(text);
      }),
    },
  );
  expect(outcome.status).toBe(400);
});

it("so is what a parameter reads of a request's body by a pattern", async () => {
  const texts = Array.from({ length: 12 }, () => lettersOf(1_000));
  const { status, sent } = await callOf(
    restRoute(
      "POST /a",
      integration({
        requestParameters: {
          "integration.request.header.x": "method.request.body[?(@ =~ /[ab]*a[ab]{150}/)]",
        },
        integrationResponses: { "200": {} },
      }),
    ),
    { method: "POST", path: "/a", body: JSON.stringify(texts) },
  );
  expect(status).toBe(200);
  expect(JSON.parse(sent[0]?.headers.x ?? "")).toEqual(texts.filter((text) => text.at(-151) === "a"));
});
