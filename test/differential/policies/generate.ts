/** Statement is a statement of a policy document. */
export type Statement = Readonly<Record<string, unknown>>;

/** PolicyCase is a request, and the policies that decide on it. */
export interface PolicyCase {
  /** undefined: nobody signed the request. */
  readonly caller: { readonly arn: string; readonly accountId: string } | undefined;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly identityPolicies: readonly object[];
  readonly sessionPolicy: object | undefined;
  readonly resourcePolicy: object | undefined;
}

export const OWNER = "000000000000";
const OTHER = "999999999999";

const callers = [
  ...[OWNER, OWNER, OTHER].flatMap((account) => [
    { arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
    { arn: `arn:aws:iam::${account}:user/team/bob`, accountId: account },
    { arn: `arn:aws:sts::${account}:assumed-role/app/session1`, accountId: account },
  ]),
  undefined,
];

const principals: readonly unknown[] = [
  "*",
  { AWS: "*" },
  { AWS: OWNER },
  { AWS: OTHER },
  { AWS: `arn:aws:iam::${OWNER}:root` },
  { AWS: [`arn:aws:iam::${OTHER}:root`, `arn:aws:iam::${OWNER}:user/alice`] },
  { AWS: `arn:aws:iam::${OWNER}:user/alice` },
  { AWS: `arn:aws:iam::${OWNER}:user/team/bob` },
  { AWS: `arn:aws:iam::${OTHER}:user/alice` },
  { AWS: `arn:aws:iam::${OWNER}:role/app` },
  { AWS: [`arn:aws:iam::${OWNER}:role/other`, `arn:aws:iam::${OTHER}:role/app`] },
  { AWS: `arn:aws:sts::${OWNER}:assumed-role/app/session1` },
  { AWS: `arn:aws:sts::${OTHER}:assumed-role/app/session2` },
  { Service: "apigateway.amazonaws.com" },
];

const actions = ["execute-api:Invoke", "execute-api:Invoke", "execute-api:InvalidateCache"];
const actionPatterns = [
  "execute-api:Invoke",
  "execute-api:invoke",
  "execute-api:*",
  "execute-api:Inv*",
  "execute-api:I?voke",
  "execute-api:InvalidateCache",
  "execute-api:ManageConnections",
  "s3:*",
  "*",
];

const root = `arn:aws:execute-api:us-east-1:${OWNER}`;
const resources = ["GET/pets", "GET/pets/1", "POST/pets", "GET/alice", "DELETE/pets/1/toys"].map(
  (path) => `${root}:api123/prod/${path}`,
);
const resourcePatterns = [
  "*",
  `${root}:api123/*`,
  `${root}:api123/prod/GET/*`,
  `${root}:api123/prod/GET/pets`,
  `${root}:api123/prod/*/pets/?`,
  `${root}:api123/*/GET/\${aws:username}`,
  `${root}:api123/prod/\${aws:PrincipalTag/verb}/*`,
  `${root}:other1/*`,
  "arn:aws:execute-api:*:*:*/prod/POST/*",
  `arn:aws:execute-api:us-east-?:${OWNER}:api12*/p*d/*/pets*`,
];

const contextValues: Readonly<Record<string, readonly (string | readonly string[])[]>> = {
  "aws:SourceIp": ["192.0.2.1", "203.0.113.77", "2001:db8::7"],
  "aws:Referer": ["https://a.example/", "https://b.example/x", ""],
  "aws:UserAgent": ["curl/8", "Mozilla/5.0 (X11)", "a*b"],
  "aws:SecureTransport": ["true", "false"],
  "aws:username": ["alice", "bob"],
  "aws:userid": ["AIDAALICE", "AIDABOB"],
  "aws:CurrentTime": ["2026-01-02T03:04:05Z"],
  "aws:EpochTime": ["1767323045"],
  "aws:RequestedRegion": ["us-east-1"],
  "aws:MultiFactorAuthAge": ["60", "3600"],
  "aws:TagKeys": [["a"], ["a", "b"], ["b", "c"]],
};

const strings = [
  "alice",
  "Alice",
  "al*",
  "?lice",
  "*",
  "curl/8",
  "https://a.example/*",
  "a*b",
  "${aws:username}",
  "${aws:PrincipalTag/none}",
  "${aws:PrincipalTag/none, 'alice'}",
  "${*}",
  "AIDA${aws:userid}",
];
const STRING_KEYS = ["aws:Referer", "aws:UserAgent", "aws:username", "aws:userid", "aws:PrincipalTag/team"];
const TIMES = ["2026-01-02T03:04:05Z", "2025-12-31T00:00:00Z", "2027-01-01T00:00:00Z", "1767323045"];

/** Kinds of condition: operators, keys that they are used with, and values. */
const conditions: readonly {
  readonly operators: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly string[];
}[] = [
  {
    operators: [
      "StringEquals",
      "StringNotEquals",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "StringLike",
      "StringNotLike",
    ],
    keys: STRING_KEYS,
    values: strings,
  },
  {
    operators: ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"].flatMap((operator) => [
      `ForAnyValue:${operator}`,
      `ForAllValues:${operator}`,
    ]),
    keys: ["aws:TagKeys"],
    values: ["a", "b", "c", "*", "${aws:username}"],
  },
  {
    operators: [
      "NumericEquals",
      "NumericNotEquals",
      "NumericLessThan",
      "NumericLessThanEquals",
      "NumericGreaterThan",
      "NumericGreaterThanEquals",
    ],
    keys: ["aws:MultiFactorAuthAge"],
    values: ["60", "61", "3600", "60.0"],
  },
  {
    operators: [
      "DateEquals",
      "DateNotEquals",
      "DateLessThan",
      "DateLessThanEquals",
      "DateGreaterThan",
      "DateGreaterThanEquals",
    ],
    keys: ["aws:CurrentTime", "aws:EpochTime"],
    values: TIMES,
  },
  { operators: ["Bool"], keys: ["aws:SecureTransport"], values: ["true", "false"] },
  {
    operators: ["IpAddress", "NotIpAddress"],
    keys: ["aws:SourceIp"],
    values: ["192.0.2.0/24", "192.0.2.1", "203.0.113.64/26", "0.0.0.0/0", "2001:db8::/32", "::/0"],
  },
  {
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    keys: ["aws:PrincipalArn"],
    values: [
      `arn:aws:iam::${OWNER}:user/alice`,
      `arn:aws:iam::${OWNER}:user/*`,
      `arn:aws:iam::*:role/app`,
      "arn:aws:iam::*:user/${aws:username}",
    ],
  },
  { operators: ["Null"], keys: [...STRING_KEYS, "aws:SourceIp", "aws:TagKeys"], values: ["true", "false"] },
];

/** policyCases are requests with policies, the same for the same random numbers. */
export function policyCases(random: () => number, count: number): readonly PolicyCase[] {
  return Array.from({ length: count }, () => new Generator(random).next());
}

class Generator {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  #is(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #some<T>(items: readonly T[]): T | T[] {
    if (this.#is(0.7)) return this.#pick(items);
    return Array.from({ length: 2 }, () => this.#pick(items));
  }

  next(): PolicyCase {
    const caller = this.#pick(callers);
    const isSession = caller?.arn.includes("assumed-role") ?? false;
    return {
      caller,
      action: this.#pick(actions),
      resource: this.#pick(resources),
      context: this.#context(caller),
      identityPolicies: caller && this.#is(0.6) ? [this.#policy("identity")] : [],
      sessionPolicy: isSession && this.#is(0.4) ? this.#policy("identity") : undefined,
      resourcePolicy: this.#is(0.85) || !caller ? this.#policy("resource") : undefined,
    };
  }

  #context(caller: PolicyCase["caller"]): PolicyCase["context"] {
    const given = Object.entries(contextValues).filter(() => this.#is(0.7));
    const context: Record<string, string | readonly string[]> = {};
    for (const [key, values] of given)
      if (caller || !/username|userid/.test(key)) context[key] = this.#pick(values);
    if (!caller) return context;
    const role = caller.arn.replace(/:sts::(\d+):assumed-role\/([^/]+)\/.*/, ":iam::$1:role/$2");
    return { ...context, "aws:PrincipalArn": role, "aws:PrincipalAccount": caller.accountId };
  }

  #policy(kind: "identity" | "resource"): object {
    const statements = Array.from({ length: this.#pick([1, 1, 2, 3]) }, () => this.#statement(kind));
    return { Version: "2012-10-17", Statement: statements };
  }

  #statement(kind: "identity" | "resource"): Statement {
    const effect = this.#is(0.72) ? "Allow" : "Deny";
    return {
      Effect: effect,
      ...(kind === "resource" ? this.#principal() : {}),
      [this.#is(0.1) ? "NotAction" : "Action"]: this.#some(actionPatterns),
      [this.#is(0.12) ? "NotResource" : "Resource"]: this.#some(resourcePatterns),
      ...(this.#is(0.45) ? { Condition: this.#condition() } : {}),
    };
  }

  #principal(): object {
    return { [this.#is(0.08) ? "NotPrincipal" : "Principal"]: this.#pick(principals) };
  }

  #condition(): object {
    const block: Record<string, Record<string, unknown>> = {};
    for (let i = this.#pick([1, 1, 2]); i > 0; i--) {
      const { operators, keys, values } = this.#pick(conditions);
      const operator = this.#pick(operators);
      const isSet = operator.includes(":") || operator === "Null";
      const name = !isSet && this.#is(0.2) ? `${operator}IfExists` : operator;
      (block[name] ??= {})[this.#pick(keys)] = this.#some(values);
    }
    return block;
  }
}
