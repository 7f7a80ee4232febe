import { describe, expect, it } from "vitest";
import { explainMember } from "./explain-member.ts";

describe("tollgate explain", () => {
  it("says what a kind is, and what may be in it", () => {
    const text = explainMember("usageplans");
    expect(text).toMatch(/^UsagePlan: A usage plan: which stages its keys may call/);
    expect(text).toContain("id: it must be");
    expect(text).toMatch(/name +string, 1 to 255 characters +\(required\)/);
    expect(explainMember("stage")).toContain("restApiId names its RestApi.");
  });

  it("says what a member may be, and what is below it", () => {
    expect(explainMember("usageplan.quota")).toMatch(
      /^UsagePlan\.quota: object \(optional\)\n\nMEMBER +TYPE +DEFAULT\nlimit +integer, at least 1 +\(required\)\nperiod +DAY, WEEK, MONTH/,
    );
    expect(explainMember("UsagePlan.spec.quota.offset")).toBe(
      "UsagePlan.quota.offset: integer, at least 0 (default: 0)",
    );
  });

  it.each([
    ["usageplan.quota.perod", "UsagePlan.quota has no member 'perod'; its members are limit, period, offset"],
    ["usageplan.name.x", "UsagePlan.name has no members"],
    ["nothing", "'nothing' is not a kind; use Account,"],
    ["all", "name a kind, such as Account"],
  ])("%s is refused", (name, message) => {
    expect(() => explainMember(name)).toThrow(message);
  });
});
