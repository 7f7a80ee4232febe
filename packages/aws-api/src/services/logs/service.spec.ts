import { describe, expect, it } from "vitest";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { eventOperations } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { streamOperations } from "./streams.ts";
import { tagOperations } from "./tags.ts";

const operations = [...eventOperations, ...groupOperations, ...streamOperations, ...tagOperations];
const operationOf = (name: string): JsonOperation => {
  const found = operations.find((one) => one.name === name);
  if (!found) throw new Error(`there is no operation ${name}`);
  return found;
};

const GROUP = "arn:aws:logs:eu-west-1:111111111111:log-group:g";
const groups = [
  { name: "g", createdUnixMs: 1, retentionDays: 0, storedBytes: 0, tags: {}, logGroupClass: "STANDARD" },
];
const request = (input: JsonRequest["input"]) =>
  ({
    input,
    region: "eu-west-1",
    caller: { accountId: "111111111111" },
    application: { logs: { groups: async () => groups, read: async () => ({ events: [], next: "" }) } },
  }) as unknown as JsonRequest;

describe("the resource that a policy decides about", () => {
  it.each([
    ["TagResource", "g"],
    ["TagResource", GROUP],
    ["TagResource", `${GROUP}:*`],
    ["UntagResource", "arn:aws:logs:us-east-1:111111111111:log-group:g"],
    ["ListTagsForResource", "arn:aws-cn:logs:::log-group:g"],
  ])("of %s is the group, however %s names it", (name, resourceArn) => {
    expect(operationOf(name).resource(request({ resourceArn }))).toBe(GROUP);
  });
});

describe("a group of another account", () => {
  const OTHER = "arn:aws:logs:eu-west-1:222222222222:log-group:g";

  it.each([
    ["TagResource", { resourceArn: OTHER, tags: {} }],
    ["ListTagsForResource", { resourceArn: OTHER }],
    ["FilterLogEvents", { logGroupIdentifier: OTHER }],
    ["GetLogEvents", { logGroupIdentifier: OTHER, logStreamName: "s" }],
    ["DescribeLogStreams", { logGroupIdentifier: OTHER }],
  ])("does not exist for %s, also where the caller has one of its name", (name, input) => {
    expect(() => operationOf(name).resource(request(input))).toThrow(
      "The specified log group does not exist.",
    );
  });

  it("is not described", async () => {
    const describedBy = (text: string) =>
      operationOf("DescribeLogGroups").run(request({ logGroupIdentifiers: [text] }));
    expect(await describedBy(OTHER)).toEqual({ logGroups: [] });
    expect(await describedBy(GROUP)).toMatchObject({ logGroups: [{ logGroupName: "g" }] });
  });
});

describe("times", () => {
  const page = (startTime: number, nextToken?: unknown) =>
    operationOf("GetLogEvents").run(
      request({ logGroupName: "g", logStreamName: "s", startTime, ...(nextToken ? { nextToken } : {}) }),
    );

  it.each([0, 1_700_000_000_000, Number.MAX_SAFE_INTEGER])(
    "from %d on give tokens that are accepted",
    async (startTime) => {
      const tokens = await page(startTime);
      expect(await page(startTime, tokens?.nextForwardToken)).toEqual(tokens);
    },
  );

  it("are refused before 1970", async () => {
    await expect(page(-1)).rejects.toThrow("Value '-1' at 'startTime' failed to satisfy constraint");
  });
});
