import { expect, it } from "vitest";
import { actionMembers } from "../alarm/actions.ts";
import { NotificationTarget } from "./notification-target.ts";

const isTopic = (topic: string) => NotificationTarget.spec.safeParse({ kafka: { topic } }).success;

it.each(["alerts", "team-a.alerts", "tollgate-alerts", "_alerts"])("%s is a topic of a target", (topic) => {
  expect(isTopic(topic)).toBe(true);
});

it.each(["tollgate.usage.v1", "tollgate.logs.v1", "tollgate.audit.v1", "__consumer_offsets", "a b", ""])(
  "%j is none: what accounts say does not go where Tollgate and Kafka keep their own",
  (topic) => expect(isTopic(topic)).toBe(false),
);

it.each([
  ["https://alerts.example.com/hook?team=pets", true],
  ["http://[::ffff:127.0.0.1]:9000/", true],
  ["https://user:password@alerts.example.com/", false],
  ["https://token@alerts.example.com/", false],
  ["https://:password@alerts.example.com/", false],
  ["ftp://alerts.example.com/", false],
  ["https://", false],
])("%s is the URL of a webhook: %s", (url, isUrl) => {
  expect(NotificationTarget.spec.safeParse({ webhook: { url } }).success).toBe(isUrl);
});

it.each([
  [["*"], true],
  [["invoice.finalized", "customer.*"], true],
  [["invoice.final"], false],
  [["invoice"], false],
  [["payment.*"], false],
  [["inv*"], false],
  [[], false],
])("%j are events of a target: %s", (events, areEvents) => {
  expect(NotificationTarget.spec.safeParse({ kafka: { topic: "billing" }, events }).success).toBe(areEvents);
});

it.each([
  ["arn:aws:sns:us-east-1:000000000000:alerts", true],
  ["arn:aws:lambda:us-east-1:000000000000:function:page", true],
  ["arn:aws:automate:us-east-1:ec2:stop", true],
  ["arn:aws:sns:us-east-1\r\nHost: x:000000000000:alerts", false],
  ["arn:aws:sns:us-east-1/x:000000000000:alerts", false],
  ["arn:aws:sns:us-east-1:000000000000:alerts\r\nX: y", false],
])("%j is an action: %s", (arn, isAction) => {
  expect(actionMembers.alarmActions.safeParse([arn]).success).toBe(isAction);
});
