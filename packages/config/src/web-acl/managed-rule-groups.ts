import type { FieldToMatch, TextTransformationType } from "./field-to-match.ts";
import type { Rule } from "./rule.ts";
import type { Statement } from "./statement.ts";

/** ManagedRuleGroup is a group that every account has, by the name of AWS's group for the same purpose. Its rules are Tollgate's own. */
export interface ManagedRuleGroup {
  readonly name: string;
  readonly description: string;
  /** In web ACL capacity units, as AWS states it. */
  readonly capacity: number;
  /** The namespace of its labels: awswaf:managed:aws:{namespace}:. */
  readonly namespace: string;
  readonly rules: readonly Rule[];
}

const FIELDS = {
  BODY: { body: { oversizeHandling: "CONTINUE" } },
  COOKIE: { cookies: { matchPattern: { all: {} }, matchScope: "VALUE", oversizeHandling: "CONTINUE" } },
  HEADER: { headers: { matchPattern: { all: {} }, matchScope: "ALL", oversizeHandling: "CONTINUE" } },
  METHOD: { method: {} },
  QUERYARGUMENTS: { allQueryArguments: {} },
  QUERYSTRING: { queryString: {} },
  URIPATH: { uriPath: {} },
} as const satisfies Readonly<Record<string, FieldToMatch>>;

type Part = keyof typeof FIELDS;

/** How AWS writes the parts in its labels. */
const LABELS: Readonly<Record<Part, string>> = {
  BODY: "Body",
  COOKIE: "Cookie",
  HEADER: "Header",
  METHOD: "Method",
  QUERYARGUMENTS: "QueryArguments",
  QUERYSTRING: "QueryString",
  URIPATH: "URIPath",
};

interface Inspected {
  readonly fieldToMatch: FieldToMatch;
  readonly textTransformations: { priority: number; type: TextTransformationType }[];
}

const inspected = (fieldToMatch: FieldToMatch, types: readonly TextTransformationType[]): Inspected => ({
  fieldToMatch,
  textTransformations: types.map((type, priority) => ({ priority, type })),
});

/** A rule of a group before it has its priority. */
type Draft = Omit<Rule, "priority">;

const draft = (kind: string, part: Part, statement: Statement, isCounting = false): Draft => ({
  name: `${kind}_${part}`,
  statement,
  action: isCounting ? { count: {} } : { block: {} },
  ruleLabels: [{ name: `${kind}_${LABELS[part]}` }],
});

type Make = (given: Inspected) => Statement;

/** The same statement for several parts of a request. */
const each = (
  kind: string,
  parts: readonly Part[],
  types: readonly TextTransformationType[],
  make: Make,
): readonly Draft[] => parts.map((part) => draft(kind, part, make(inspected(FIELDS[part], types))));

const regex =
  (regexString: string): Make =>
  (given) => ({ regexMatchStatement: { regexString, ...given } });
const larger =
  (size: number): Make =>
  (given) => ({ sizeConstraintStatement: { comparisonOperator: "GT", size, ...given } });
const header = (name: string, types: readonly TextTransformationType[] = ["LOWERCASE"]): Inspected =>
  inspected({ singleHeader: { name } }, types);

const group = (
  parts: Omit<ManagedRuleGroup, "rules"> & { readonly rules: readonly Draft[] },
): readonly [string, ManagedRuleGroup] => [
  parts.name,
  { ...parts, rules: parts.rules.map((rule, priority) => ({ ...rule, priority })) },
];

const DECODED: readonly TextTransformationType[] = ["URL_DECODE_UNI"];
const ALL_TEXT: readonly Part[] = ["QUERYARGUMENTS", "BODY", "URIPATH", "COOKIE"];

const common = group({
  name: "AWSManagedRulesCommonRuleSet",
  description: "Requests that hardly any application needs, and attacks that are not made for one product",
  capacity: 700,
  namespace: "core-rule-set",
  rules: [
    draft("NoUserAgent", "HEADER", {
      notStatement: {
        statement: {
          sizeConstraintStatement: { comparisonOperator: "GT", size: 0, ...header("user-agent", ["NONE"]) },
        },
      },
    }),
    draft("UserAgent_BadBots", "HEADER", {
      regexMatchStatement: {
        regexString:
          "(nessus|nmap scripting engine|nikto|sqlmap|acunetix|masscan|zgrab|dirbuster|wpscan|openvas|fimap)",
        ...header("user-agent"),
      },
    }),
    ...each("SizeRestrictions", ["QUERYSTRING"], ["NONE"], larger(2_048)),
    draft("SizeRestrictions_Cookie", "HEADER", larger(10_240)(header("cookie", ["NONE"]))),
    ...each("SizeRestrictions", ["BODY"], ["NONE"], larger(8_192)),
    ...each("SizeRestrictions", ["URIPATH"], ["NONE"], larger(1_024)),
    ...each(
      "EC2MetaDataSSRF",
      ALL_TEXT,
      [...DECODED, "LOWERCASE"],
      regex(
        "(169\\.254\\.169\\.254|\\[?fd00:ec2::254|metadata\\.google\\.internal|http://(2852039166|0xa9fea9fe))",
      ),
    ),
    ...each(
      "GenericLFI",
      ["QUERYARGUMENTS", "URIPATH", "BODY"],
      [...DECODED, "URL_DECODE_UNI", "LOWERCASE"],
      regex(
        "((^|[^.])\\.\\.[/\\\\]|/etc/(passwd|shadow|group|hosts)\\b|/proc/self/|[a-z]:\\\\(windows|winnt)\\\\)",
      ),
    ),
    ...each(
      "RestrictedExtensions",
      ["URIPATH", "QUERYARGUMENTS"],
      [...DECODED, "LOWERCASE"],
      regex("\\.(log|ini|bak|backup|old|swp|conf|config|mdb|sqlite|htaccess|htpasswd|env|pem|key)$"),
    ),
    ...each(
      "GenericRFI",
      ["QUERYARGUMENTS", "BODY", "URIPATH"],
      [...DECODED, "LOWERCASE"],
      regex("^(https?|ftps?|file|php|phar|expect|data|gopher)://(\\d{1,3}\\.){3}\\d{1,3}(:\\d+)?(/|$)"),
    ),
    ...each(
      "CrossSiteScripting",
      ["COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH"],
      [...DECODED, "HTML_ENTITY_DECODE"],
      (given) => ({ xssMatchStatement: given }),
    ),
  ],
});

const SERIALIZED =
  "(\\xac\\xed\\x00\\x05|rO0AB|aced0005|java\\.lang\\.(runtime|processbuilder)|class\\.module\\.classloader|(?i:org\\.apache\\.commons\\.collections\\.functors))";

const badInputs = group({
  name: "AWSManagedRulesKnownBadInputsRuleSet",
  description: "Requests that are known to exploit, or to look for, weaknesses of widely used software",
  capacity: 200,
  namespace: "known-bad-inputs",
  rules: [
    ...each(
      "JavaDeserializationRCE",
      ["HEADER", "BODY", "URIPATH", "QUERYSTRING"],
      DECODED,
      regex(SERIALIZED),
    ),
    // Blocks on AWS. Here every client on the machine itself would be blocked.
    draft(
      "Host_localhost",
      "HEADER",
      {
        regexMatchStatement: { regexString: "^localhost(:\\d+)?$", ...header("host") },
      },
      true,
    ),
    draft("PROPFIND", "METHOD", {
      byteMatchStatement: {
        searchString: "PROPFIND",
        positionalConstraint: "EXACTLY",
        ...inspected({ method: {} }, ["NONE"]),
      },
    }),
    ...each(
      "ExploitablePaths",
      ["URIPATH"],
      [...DECODED, "LOWERCASE", "NORMALIZE_PATH"],
      regex(
        "(/\\.git(/|$)|/\\.svn/|/\\.env$|/wp-config\\.php|/web-inf/|/\\.aws/|/actuator/(env|heapdump|gateway)|/_ignition/|/vendor/phpunit/|/cgi-bin/.*\\.sh|/manager/html)",
      ),
    ),
    ...each(
      "Log4JRCE",
      ["QUERYSTRING", "BODY", "URIPATH", "HEADER"],
      [...DECODED, "LOWERCASE"],
      regex(
        "\\$\\{[^}]{0,200}(j\\$?\\{?[^}]{0,20}n[^}]{0,20}d[^}]{0,20}i[^}]{0,10}:|::-|lower:|upper:|env:|sys:|ctx:)",
      ),
    ),
  ],
});

const sql =
  (sensitivityLevel: "LOW" | "HIGH"): Make =>
  (given) => ({
    sqliMatchStatement: { sensitivityLevel, ...given },
  });
const EXTENDED =
  "(\\b(waitfor\\s+delay|benchmark\\s*\\(|pg_sleep\\s*\\(|sleep\\s*\\(\\s*\\d|dbms_(pipe|lock)\\.|utl_(http|inaddr)\\.|xp_cmdshell|load_file\\s*\\(|into\\s+(out|dump)file|information_schema\\.|extractvalue\\s*\\(|updatexml\\s*\\())";

const injection = group({
  name: "AWSManagedRulesSQLiRuleSet",
  description: "SQL injection",
  capacity: 200,
  namespace: "sql-database",
  rules: [
    ...each("SQLi", ["QUERYARGUMENTS"], DECODED, sql("LOW")),
    ...each(
      "SQLiExtendedPatterns",
      ["QUERYARGUMENTS"],
      [...DECODED, "REPLACE_COMMENTS", "LOWERCASE"],
      regex(EXTENDED),
    ),
    ...each("SQLi", ["BODY"], DECODED, sql("LOW")),
    ...each("SQLiExtendedPatterns", ["BODY"], [...DECODED, "REPLACE_COMMENTS", "LOWERCASE"], regex(EXTENDED)),
    ...each("SQLi", ["COOKIE", "URIPATH"], DECODED, sql("LOW")),
  ],
});

/** managedRuleGroups are all groups that every account has, by their names. */
export const managedRuleGroups: ReadonlyMap<string, ManagedRuleGroup> = new Map([
  common,
  badInputs,
  injection,
]);
