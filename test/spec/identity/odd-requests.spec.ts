import { expect, it } from "vitest";
import { iam, sts } from "@tollgate/aws-api";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

/** Parameters that operations read, and things that people may put there. */
const NAMES = [
  "UserName",
  "GroupName",
  "RoleName",
  "PolicyName",
  "PolicyArn",
  "VersionId",
  "AccessKeyId",
  "Status",
  "PolicyDocument",
  "AssumeRolePolicyDocument",
  "Path",
  "NewPath",
  "NewUserName",
  "NewGroupName",
  "MaxItems",
  "Marker",
  "MaxSessionDuration",
  "Tags.member.1.Key",
  "Tags.member.x.Key",
  "TagKeys.member.1",
  "Url",
  "ClientIDList.member.1",
  "ThumbprintList.member.1",
  "OpenIDConnectProviderArn",
  "RoleArn",
  "RoleSessionName",
  "DurationSeconds",
  "Policy",
  "WebIdentityToken",
  "PathPrefix",
  "Scope",
  "ClientID",
];
const VALUES = [
  "",
  " ",
  "x",
  "../../x",
  "-1",
  "9".repeat(30),
  "{}",
  "[",
  '{"Statement":null}',
  "\u0000",
  "é\ud800",
  "a".repeat(5000),
];

const send = async (form: Record<string, string>) => {
  const response = await fetch(`http://127.0.0.1:${gateway.controlPort}/`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return { status: response.status, text: await response.text() };
};

it.each([
  ["iam", iam],
  ["sts", sts],
] as const)(
  "no request to %s, whatever it contains, causes an internal failure, and every response is XML",
  async (_name, service) => {
    const failed: string[] = [];
    for (const { name } of service.operations)
      for (const value of VALUES) {
        const form = {
          Action: name,
          Version: service.version,
          ...Object.fromEntries(NAMES.map((one) => [one, value])),
        };
        const { status, text } = await send(form);
        if (status >= 500 || !text.startsWith("<"))
          failed.push(`${name} ${JSON.stringify(value.slice(0, 20))}: ${status} ${text}`);
      }
    expect(failed).toEqual([]);
  },
);

it.each([
  [{}, "version 'null' is not supported; iam is 2010-05-08, sts is 2011-06-15"],
  [{ Version: "2010-05-08" }, "Could not find operation  for version 2010-05-08"],
  [{ Version: "2010-05-08", Action: "constructor" }, "Could not find operation constructor"],
])("%o receives an error that says what is missing", async (form, message) => {
  const { status, text } = await send(form);
  expect(status).toBe(400);
  expect(text).toContain("<Code>InvalidAction</Code>");
  expect(text.replaceAll("&apos;", "'")).toContain(message);
});
