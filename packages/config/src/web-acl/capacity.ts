import type { FieldToMatch, TextTransformations } from "./field-to-match.ts";
import { managedRuleGroups } from "./managed-rule-groups.ts";
import type { Rule } from "./rule.ts";
import type { Statement } from "./statement.ts";

/** CAPACITY_MAX is the most units (WCU) of a web ACL or a rule group. */
export const CAPACITY_MAX = 5_000;

/** The capacity of a rule group by its ARN or id. */
type GroupCapacity = (arn: string) => number;

interface Inspecting {
  readonly fieldToMatch: FieldToMatch;
  readonly textTransformations: TextTransformations;
}

const ofTransformations = (all: TextTransformations): number =>
  10 * all.filter(({ type }) => type !== "NONE").length;

const inspecting = (base: number, { fieldToMatch: field, textTransformations }: Inspecting): number =>
  base * (field.jsonBody ? 2 : 1) +
  (field.allQueryArguments ? 10 : 0) +
  ofTransformations(textTransformations);

const sum = (statements: readonly Statement[], groupCapacity: GroupCapacity): number =>
  statements.reduce((units, one) => units + ofStatement(one, groupCapacity), 0);

/** Units of the statements that contain others or groups. */
function ofCompound(of: Statement, groupCapacity: GroupCapacity): number {
  const {
    rateBasedStatement: rate,
    managedRuleGroupStatement: managed,
    ruleGroupReferenceStatement: group,
  } = of;
  if (rate) {
    const nested = rate.scopeDownStatement ? [rate.scopeDownStatement] : [];
    return 2 + 30 * (rate.customKeys?.length ?? 0) + sum(nested, groupCapacity);
  }
  if (managed) {
    const nested = managed.scopeDownStatement ? [managed.scopeDownStatement] : [];
    return (managedRuleGroups.get(managed.name)?.capacity ?? 0) + sum(nested, groupCapacity);
  }
  if (group) return groupCapacity(group.arn);
  const { andStatement, orStatement, notStatement } = of;
  return sum(
    [
      ...(andStatement?.statements ?? []),
      ...(orStatement?.statements ?? []),
      ...(notStatement ? [notStatement.statement] : []),
    ],
    groupCapacity,
  );
}

function ofStatement(of: Statement, groupCapacity: GroupCapacity): number {
  const { byteMatchStatement: byte, regexMatchStatement: regex, regexPatternSetReferenceStatement: set } = of;
  if (byte) return inspecting(byte.positionalConstraint.startsWith("CONTAINS") ? 10 : 2, byte);
  if (regex) return inspecting(3, regex);
  if (set) return inspecting(25, set);
  const { sizeConstraintStatement: size, sqliMatchStatement: sqli, xssMatchStatement: xss } = of;
  if (size) return inspecting(1, size);
  if (sqli) return inspecting(sqli.sensitivityLevel === "HIGH" ? 30 : 20, sqli);
  if (xss) return inspecting(40, xss);
  const { ipSetReferenceStatement: addresses, labelMatchStatement } = of;
  if (addresses) return addresses.ipSetForwardedIPConfig?.position === "ANY" ? 5 : 1;
  return labelMatchStatement ? 1 : ofCompound(of, groupCapacity);
}

/** capacityOf is what rules cost, in units (AWS WAF: web ACL capacity units; waf-api section 4). */
export const capacityOf = (rules: readonly Rule[], groupCapacity: GroupCapacity): number =>
  sum(
    rules.map(({ statement }) => statement),
    groupCapacity,
  );
