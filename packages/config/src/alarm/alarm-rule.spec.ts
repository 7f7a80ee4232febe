import { describe, expect, it } from "vitest";
import { type AlarmState, alarmsOfRule, isRuleTrue, parseAlarmRule } from "./alarm-rule.ts";

const STATES: Readonly<Record<string, AlarmState>> = {
  a: "ALARM",
  b: "OK",
  c: "INSUFFICIENT_DATA",
  "5 errors (prod)": "ALARM",
};
const isTrue = (text: string) => isRuleTrue(parseAlarmRule(text), (name) => STATES[name]);

describe("a rule of a composite alarm", () => {
  it.each([
    ["ALARM(a)", true],
    ["ALARM(b)", false],
    ["OK(b)", true],
    ["INSUFFICIENT_DATA(c)", true],
    ["INSUFFICIENT_DATA(unknown)", true],
    ["TRUE", true],
    ["FALSE", false],
    ["NOT ALARM(b)", true],
    ["NOT NOT ALARM(a)", true],
    ["ALARM(a) AND ALARM(b)", false],
    ["ALARM(a) OR ALARM(b)", true],
    // AND binds more than OR.
    ["ALARM(a) OR ALARM(a) AND ALARM(b)", true],
    ["(ALARM(a) OR ALARM(a)) AND ALARM(b)", false],
    ["NOT ALARM(a) OR TRUE", true],
    ["NOT (ALARM(a) OR TRUE)", false],
    ['ALARM("5 errors (prod)")', true],
    ["ALARM('a')", true],
    ['ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:a")', true],
    ["ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:a)", true],
    ["ALARM( a )\n  AND\n  OK( b )", true],
    ["AT_LEAST(1, ALARM, (a, b, c))", true],
    ["AT_LEAST(2, ALARM, (a, b, c))", false],
    ["AT_LEAST(34%, ALARM, (a, b, c))", false],
    ["AT_LEAST(33%, ALARM, (a, b, c))", true],
  ])("%s", (text, expected) => expect(isTrue(text)).toBe(expected));

  it("names each alarm once", () => {
    expect(
      alarmsOfRule(parseAlarmRule("ALARM(a) AND (OK(b) OR NOT ALARM(a)) AND AT_LEAST(1, OK, (c))")),
    ).toEqual(["a", "b", "c"]);
  });

  it.each([
    [
      "",
      "has the end at character 1; expected is ALARM, OK, INSUFFICIENT_DATA, NOT, TRUE, FALSE, AT_LEAST or '('",
    ],
    ["ALARM", "has the end at character 6; expected is '('"],
    ["ALARM(a", "has the end at character 8; expected is ')'"],
    ["ALARM()", "has ')' at character 7; expected is the name of an alarm"],
    ['ALARM("a)', "has '\"a)' at character 7; expected is \" at the end of the name"],
    ["ALARM(a) ALARM(b)", "has 'ALARM(b)' at character 10; expected is AND, OR or the end of the rule"],
    ["ALARM(a) AND", "has the end at character 13; expected is ALARM, OK"],
    ["alarm(a)", "has 'alarm(a)' at character 1; expected is ALARM, OK"],
    ["(TRUE", "has the end at character 6; expected is ')'"],
    ["TRUEISH", "has 'TRUEISH' at character 1"],
    ["AT_LEAST(0, ALARM, (a))", "AT_LEAST needs a number from 1 to 1, not 0"],
    ["AT_LEAST(x, ALARM, (a))", "expected is a number of alarms, or a percentage such as 50%"],
    [`${"(".repeat(101)}TRUE${")".repeat(101)}`, "is nested more than 100 levels deep"],
    [`${"NOT ".repeat(101)}TRUE`, "is nested more than 100 levels deep"],
    [Array.from({ length: 501 }, () => "TRUE").join(" AND "), "has more than 500 elements"],
    [Array.from({ length: 101 }, (_, i) => `OK(a${i})`).join(" OR "), "names more than 100 alarms"],
  ])("cannot be read: %s", (text, message) => {
    expect(() => parseAlarmRule(text)).toThrow(message);
  });
});
