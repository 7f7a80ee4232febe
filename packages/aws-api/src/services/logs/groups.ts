import type { LogGroupView } from "../../logs-port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { logsError, violates } from "./errors.ts";
import {
  arnOfGroup,
  BOOLEAN,
  groupOf,
  INTEGER,
  inputOf,
  limitOf,
  numberOf,
  ofGroup,
  ownNameOf,
  pageOf,
  STRING,
  STRINGS,
  TAGS,
  tagsOf,
  textOf,
} from "./inputs.ts";

/** AWS: PutRetentionPolicy, retentionInDays. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];
const PAGE_MAX = 50;

const shown = (request: JsonRequest, group: LogGroupView) => ({
  logGroupName: group.name,
  creationTime: group.createdUnixMs,
  ...(group.retentionDays === 0 ? {} : { retentionInDays: group.retentionDays }),
  metricFilterCount: 0,
  arn: `${arnOfGroup(request, group.name)}:*`,
  storedBytes: group.storedBytes,
  logGroupClass: group.logGroupClass,
  logGroupArn: arnOfGroup(request, group.name),
  deletionProtectionEnabled: false,
});

const create: JsonOperation = {
  name: "CreateLogGroup",
  input: inputOf({ logGroupName: STRING, kmsKeyId: STRING, tags: TAGS, logGroupClass: STRING }, [
    "logGroupName",
  ]),
  resource: ofGroup,
  async run(request) {
    const { input, application, caller } = request;
    const logGroupClass = textOf(input, "logGroupClass") || "STANDARD";
    if (!CLASSES.includes(logGroupClass))
      throw violates(
        logGroupClass,
        "logGroupClass",
        `Member must satisfy enum value set: [${CLASSES.join(", ")}]`,
      );
    const name = textOf(input, "logGroupName");
    if (name.length > 512)
      throw logsError(
        "InvalidParameterException",
        "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
      );
    await application.logs.createGroup(caller.accountId, name, { tags: tagsOf(input), logGroupClass });
    return undefined;
  },
};

const remove: JsonOperation = {
  name: "DeleteLogGroup",
  input: inputOf({ logGroupName: STRING }, ["logGroupName"]),
  resource: ofGroup,
  async run({ input, application, caller }) {
    await application.logs.deleteGroup(caller.accountId, textOf(input, "logGroupName"));
    return undefined;
  },
};

/** The groups that DescribeLogGroups is asked for. */
function filterOf(request: JsonRequest): (group: LogGroupView) => boolean {
  const { input } = request;
  const prefix = textOf(input, "logGroupNamePrefix");
  const pattern = textOf(input, "logGroupNamePattern").toLowerCase();
  if (prefix !== "" && pattern !== "")
    throw logsError(
      "InvalidParameterException",
      "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
  const wanted = (input.logGroupIdentifiers as readonly string[] | undefined)?.map((text) =>
    ownNameOf(request, text),
  );
  const logGroupClass = textOf(input, "logGroupClass");
  return (group) =>
    group.name.startsWith(prefix) &&
    group.name.toLowerCase().includes(pattern) &&
    (wanted?.includes(group.name) ?? true) &&
    (logGroupClass === "" || group.logGroupClass === logGroupClass);
}

const describe: JsonOperation = {
  name: "DescribeLogGroups",
  isReadOnly: true,
  input: inputOf({
    logGroupNamePrefix: STRING,
    logGroupNamePattern: STRING,
    logGroupIdentifiers: STRINGS,
    logGroupClass: STRING,
    includeLinkedAccounts: BOOLEAN,
    limit: INTEGER,
    nextToken: STRING,
  }),
  resource: (request) => `${arnOfGroup(request, "")}*`,
  async run(request) {
    const { input, application, caller } = request;
    const isWanted = filterOf(request);
    const limit = limitOf(input, PAGE_MAX);
    const groups = (await application.logs.groups(caller.accountId)).filter(isWanted);
    const { items, nextToken } = pageOf(groups, { input, limit });
    return { logGroups: items.map((group) => shown(request, group)), ...(nextToken ? { nextToken } : {}) };
  },
};

const retention = (
  name: string,
  daysOf: (request: JsonRequest) => number,
  isGiven: boolean,
): JsonOperation => ({
  name,
  input: inputOf({ logGroupName: STRING, ...(isGiven ? { retentionInDays: INTEGER } : {}) }, [
    "logGroupName",
    ...(isGiven ? ["retentionInDays"] : []),
  ]),
  resource: ofGroup,
  async run(request) {
    const { application, caller } = request;
    await application.logs.updateGroup(caller.accountId, groupOf(request), {
      retentionDays: daysOf(request),
    });
    return undefined;
  },
});

function givenDays({ input }: JsonRequest): number {
  const days = numberOf(input, "retentionInDays");
  if (!RETENTION_DAYS.includes(days))
    throw violates(
      days,
      "retentionInDays",
      `Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
    );
  return days;
}

/** groupOperations are the operations of log groups. */
export const groupOperations: readonly JsonOperation[] = [
  create,
  remove,
  describe,
  retention("PutRetentionPolicy", givenDays, true),
  retention("DeleteRetentionPolicy", () => 0, false),
];
