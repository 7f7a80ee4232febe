import type { FieldToMatch, IpSetReferenceStatement, Statement, TextTransformations } from "@tollgate/config";
import { idOfArn, type Problem, problemAt } from "@tollgate/config/runtime";
import type { AddressRanges } from "@tollgate/iam";
import { PatternError } from "@tollgate/patterns";
import { facts } from "../engine/facts.ts";
import { forwardedAddresses } from "./client-address.ts";
import { isCrossSiteScripting } from "./cross-site-scripting.ts";
import { compileField, type ReadField, readsBody } from "./fields.ts";
import type { Inspection } from "./inspection.ts";
import { labelMatcher } from "./labels.ts";
import { byteMatcher, type Matcher, regexMatcher, sizeMatcher } from "./matchers.ts";
import { isSqlInjection } from "./sql-injection/sql-injection.ts";
import { transformationSteps } from "./transformations.ts";

/** Test says whether a statement matches a call. */
export type Test = (inspection: Inspection) => boolean;

/** StatementScope is what statements of one web ACL, or of a group in it, are compiled with. */
export interface StatementScope {
  /** Of the labels that the statements mean when they do not say. */
  readonly labelPrefix: string;
  readonly ipRanges: (id: string) => AddressRanges | undefined;
  readonly patterns: (id: string) => readonly string[] | undefined;
  /** What was found so far to be wrong. */
  readonly problems: Problem[];
  /** Slots of texts that several statements inspect, by what they inspect. */
  readonly slots: Map<string, number>;
  /** Set when a statement reads the body. */
  readsBody: boolean;
  /** Set when a statement has patterns of its author. */
  hasPatterns: boolean;
}

interface Inspecting {
  readonly fieldToMatch: FieldToMatch;
  readonly textTransformations: TextTransformations;
}

const never: Test = () => false;

/** Texts that are found once for a call, however many statements inspect them: `key` says what they are. */
function sharedTexts(key: string, scope: StatementScope, find: ReadField): ReadField {
  const slot = scope.slots.get(key) ?? scope.slots.size;
  scope.slots.set(key, slot);
  return (inspection) => (inspection.texts[slot] ??= find(inspection));
}

/** The texts of a part, transformed step by step: statements share each step that they begin with. */
function textsOf({ fieldToMatch, textTransformations }: Inspecting, scope: StatementScope): ReadField {
  if (readsBody(fieldToMatch)) scope.readsBody = true;
  let key = JSON.stringify(fieldToMatch);
  let texts = sharedTexts(key, scope, compileField(fieldToMatch));
  for (const { type, apply } of transformationSteps(textTransformations)) {
    const before = texts;
    key += ` ${type}`;
    texts = sharedTexts(key, scope, (inspection) => {
      const found = before(inspection);
      return typeof found === "boolean" ? found : found.map(apply);
    });
  }
  return texts;
}

function inspecting(given: Inspecting, scope: StatementScope, matcher: Matcher): Test {
  const read = textsOf(given, scope);
  return (inspection) => {
    const found = read(inspection);
    if (typeof found === "boolean") return found;
    for (const text of found) if (matcher(text)) return true;
    return false;
  };
}

function regexTest(given: Inspecting, sources: readonly string[], scope: StatementScope, at: string): Test {
  scope.hasPatterns = true;
  try {
    return inspecting(given, scope, regexMatcher(sources));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    scope.problems.push(problemAt(at, facts.PATTERN_INVALID({ reason: error.message })));
    return never;
  }
}

function addressTest(
  { arn, ipSetForwardedIPConfig: forwarded }: IpSetReferenceStatement,
  scope: StatementScope,
  at: string,
): Test {
  const id = idOfArn(arn);
  const ranges = scope.ipRanges(id);
  if (!ranges) {
    scope.problems.push(problemAt(`${at}.arn`, facts.SET_MISSING({ kind: "IpSet", id })));
    return never;
  }
  if (!forwarded) return ({ call }) => ranges.has(call.sourceIp) === true;
  const header = forwarded.headerName.toLowerCase();
  const ifInvalid = forwarded.fallbackBehavior === "MATCH";
  const has = (address: string | undefined) =>
    address === undefined ? false : (ranges.has(address) ?? ifInvalid);
  return (inspection) => {
    const addresses = forwardedAddresses(inspection, header);
    if (forwarded.position === "ANY") return addresses.some(has);
    return has(forwarded.position === "FIRST" ? addresses[0] : addresses.at(-1));
  };
}

function allOf(
  statements: readonly Statement[],
  kind: string,
  scope: StatementScope,
  at: string,
): readonly Test[] {
  return statements.map((one, i) => compileStatement(one, scope, `${at}.${kind}.statements[${i}]`));
}

/** compileStatement makes the test of a statement; statements that count or are groups are none (see rate-limit.ts and rule-group.ts). */
export function compileStatement(of: Statement, scope: StatementScope, at: string): Test {
  const { byteMatchStatement: byte, regexMatchStatement: regex, sizeConstraintStatement: size } = of;
  if (byte) return inspecting(byte, scope, byteMatcher(byte));
  if (regex) return regexTest(regex, [regex.regexString], scope, `${at}.regexMatchStatement.regexString`);
  if (size) return inspecting(size, scope, sizeMatcher(size.comparisonOperator, size.size));
  const { sqliMatchStatement: sqli, xssMatchStatement: xss, regexPatternSetReferenceStatement: set } = of;
  if (sqli) return inspecting(sqli, scope, (text) => isSqlInjection(text, sqli.sensitivityLevel));
  if (xss) return inspecting(xss, scope, isCrossSiteScripting);
  if (set) return patternSetTest(set, scope, `${at}.regexPatternSetReferenceStatement`);
  const { ipSetReferenceStatement: addresses, labelMatchStatement: label } = of;
  if (addresses) return addressTest(addresses, scope, `${at}.ipSetReferenceStatement`);
  if (label) {
    const has = labelMatcher(label, scope.labelPrefix);
    return ({ labels }) => has(labels);
  }
  return compileLogic(of, scope, at);
}

function patternSetTest(set: Inspecting & { readonly arn: string }, scope: StatementScope, at: string): Test {
  const id = idOfArn(set.arn);
  const sources = scope.patterns(id);
  if (sources) return regexTest(set, sources, scope, `${at}.arn`);
  scope.problems.push(problemAt(`${at}.arn`, facts.SET_MISSING({ kind: "RegexPatternSet", id })));
  return never;
}

function compileLogic(of: Statement, scope: StatementScope, at: string): Test {
  const { andStatement: and, orStatement: or, notStatement: not } = of;
  if (and) {
    const tests = allOf(and.statements, "andStatement", scope, at);
    return (inspection) => tests.every((test) => test(inspection));
  }
  if (or) {
    const tests = allOf(or.statements, "orStatement", scope, at);
    return (inspection) => tests.some((test) => test(inspection));
  }
  if (not) {
    const test = compileStatement(not.statement, scope, `${at}.notStatement.statement`);
    return (inspection) => !test(inspection);
  }
  // A group, or a statement that counts: only a rule itself can be one.
  scope.problems.push(problemAt(at, facts.STATEMENT_NOT_NESTABLE()));
  return never;
}
