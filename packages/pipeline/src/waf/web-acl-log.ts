import type { WebAclConfig } from "@tollgate/config";
import type { Call } from "../call/call.ts";
import { isSecretHeader } from "../call/execution-log.ts";
import { withoutNamedSecrets } from "../call/secret-names.ts";
import type { WafOutcome, WafRule } from "../call/waf-outcome.ts";
import type { LogSink } from "../logs/log-sink.ts";

type Logging = NonNullable<WebAclConfig["logging"]>;
type Filter = NonNullable<Logging["loggingFilter"]>["filters"][number];
type Condition = Filter["conditions"][number];

/** LogOutcome writes what a web ACL did with a call. */
export type LogOutcome = (call: Call, outcome: WafOutcome) => void;

const REDACTED = "REDACTED";
const FORMAT_VERSION = 1;
/** A bucket's or a delivery stream's records are in the group of its name. */
const GROUP = /(aws-waf-logs-[^:/]+)/;

/** What is kept out of the records of a web ACL. */
interface Redaction {
  readonly headers: ReadonlySet<string>;
  readonly uri: boolean;
  readonly args: boolean;
  readonly method: boolean;
}

function redactionOf({ redactedFields = [] }: Logging): Redaction {
  return {
    headers: new Set(redactedFields.flatMap(({ singleHeader }) => singleHeader?.name.toLowerCase() ?? [])),
    uri: redactedFields.some(({ uriPath }) => uriPath),
    args: redactedFields.some(({ queryString }) => queryString),
    method: redactedFields.some(({ method }) => method),
  };
}

const meets =
  ({ action, counted, labels }: WafOutcome) =>
  ({ actionCondition, labelNameCondition }: Condition): boolean => {
    if (labelNameCondition) return labels.includes(labelNameCondition.labelName);
    if (actionCondition?.action === "COUNT") return counted.length > 0;
    return actionCondition?.action === action;
  };

/** Whether a call is logged: the first filter that it meets decides (AWS WAF: LoggingFilter). */
function isKept({ loggingFilter }: Logging, outcome: WafOutcome): boolean {
  if (!loggingFilter) return true;
  const met = loggingFilter.filters.find(({ requirement, conditions }) =>
    requirement === "MEETS_ALL" ? conditions.every(meets(outcome)) : conditions.some(meets(outcome)),
  );
  return (met?.behavior ?? loggingFilter.defaultBehavior) === "KEEP";
}

function headersOf({ headers }: Call, redacted: ReadonlySet<string>) {
  const shown: { name: string; value: string }[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const isHidden = redacted.has(name.toLowerCase()) || isSecretHeader(name);
    shown.push({ name, value: isHidden ? REDACTED : withoutNamedSecrets(headers[i + 1] as string) });
  }
  return shown;
}

const ruleId = ({ name, nameInGroup }: WafRule): string => (nameInGroup ? `${name}/${nameInGroup}` : name);

/** A record in the form of AWS WAF's logs (AWS WAF: log fields). */
function recordOf(call: Call, { webAcl, action, rule, counted, labels }: WafOutcome, redaction: Redaction) {
  const { accountId, apiId, stageName } = call.route?.context ?? {};
  return {
    timestamp: Math.trunc(call.startUnixMs),
    formatVersion: FORMAT_VERSION,
    webaclId: webAcl.arn,
    terminatingRuleId: rule ? ruleId(rule) : "Default_Action",
    terminatingRuleType: rule?.nameInGroup === undefined ? "REGULAR" : "GROUP",
    action,
    terminatingRuleMatchDetails: [],
    httpSourceName: "APIGW",
    httpSourceId: `${accountId}:${apiId}:${stageName}`,
    ruleGroupList: [],
    rateBasedRuleList: [],
    nonTerminatingMatchingRules: counted.map((one) => ({
      ruleId: ruleId(one),
      action: "COUNT",
      ruleMatchDetails: [],
    })),
    requestHeadersInserted: null,
    responseCodeSent: null,
    httpRequest: {
      clientIp: call.sourceIp,
      country: "-",
      headers: headersOf(call, redaction.headers),
      uri: redaction.uri ? REDACTED : `/${stageName}${call.path}`,
      args: redaction.args ? REDACTED : withoutNamedSecrets(call.query),
      httpVersion: call.protocol,
      httpMethod: redaction.method ? REDACTED : call.method,
      requestId: call.extendedRequestId,
    },
    ...(labels.length > 0 ? { labels: labels.map((name) => ({ name })) } : {}),
  };
}

/** webAclLog writes a record of each call that a web ACL decides about; undefined: it has no log, or nobody wants it. */
export function webAclLog({ accountId, logging }: WebAclConfig, logs: LogSink): LogOutcome | undefined {
  const [, name] = GROUP.exec(logging?.logDestinationConfigs[0] ?? "") ?? [];
  const write = name === undefined ? undefined : logs.open({ accountId, name });
  if (!logging || !write) return undefined;
  const redaction = redactionOf(logging);
  return (call, outcome) => {
    if (!isKept(logging, outcome)) return;
    write(Math.trunc(call.startUnixMs), JSON.stringify(recordOf(call, outcome, redaction)));
  };
}
