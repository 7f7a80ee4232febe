import { type RouteSettings, unsupportedLogVariables } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import { compact, type JsonObject } from "../../protocol/rest-json/operation.ts";
import { added, flag, type Members, number, text } from "./members.ts";
import type { Rule } from "./rule.ts";
import type { ApiSpec } from "./shelf.ts";

/** ROUTE_SETTINGS are the settings of one route, or the defaults of all. */
export const ROUTE_SETTINGS: Members = {
  dataTraceEnabled: flag(),
  detailedMetricsEnabled: flag(),
  loggingLevel: text(),
  throttlingBurstLimit: number(),
  throttlingRateLimit: number(),
};

type Settings = Readonly<Record<string, unknown>>;

/** mergedSettings: members of settings are added to the present ones. */
export const mergedSettings = added;

/** mergedSettingsByRoute merges the settings of each route. */
export const mergedSettingsByRoute = (present: unknown, given: unknown): object => {
  const before = (present ?? {}) as Readonly<Record<string, object>>;
  const merged = Object.entries(given as Readonly<Record<string, object>>).map(
    ([key, settings]) => [key, { ...before[key], ...settings }] as const,
  );
  return { ...before, ...Object.fromEntries(merged) };
};

/** showSettings shows the settings of one route: only those that were given. */
export const showSettings = ({ detailedMetricsEnabled, ...settings }: RouteSettings): JsonObject =>
  compact({ ...settings, detailedMetricsEnabled: detailedMetricsEnabled || undefined });

/** showDefaults shows the default settings of a stage, which always has some. */
export const showDefaults = (
  settings: RouteSettings | undefined,
  protocolType: ApiSpec["protocolType"],
): JsonObject => ({
  ...(protocolType === "WEBSOCKET" ? { dataTraceEnabled: false, loggingLevel: "OFF" } : {}),
  detailedMetricsEnabled: false,
  ...compact({ ...settings }),
});

/** StageCheck is a stage as it would be, and what was given of it. */
export interface StageCheck {
  readonly next: Settings;
  readonly given: Settings;
  readonly api: ApiSpec;
  readonly account: AccountView;
}

const settingsOf = ({ given }: StageCheck): readonly Settings[] => [
  ...(given.defaultRouteSettings ? [given.defaultRouteSettings as Settings] : []),
  ...Object.values((given.routeSettings ?? {}) as Readonly<Record<string, Settings>>),
];

const formatOf = ({ next }: StageCheck): string =>
  ((next.accessLogSettings ?? {}) as { format?: string }).format ?? "";

/** AWS knows which variables HTTP APIs have; formats of WebSocket APIs may name any. */
const httpVariablesRule: Rule<StageCheck> = (given) => {
  const unknown = unsupportedLogVariables("HTTP", formatOf(given)).map((name) => `$context.${name}`);
  return unknown.length === 0
    ? undefined
    : `The following context variables are not supported: [${unknown.join(", ")}]`;
};

const accessLogRules: readonly Rule<StageCheck>[] = [
  ({ next }) => {
    const { destinationArn, format } = (next.accessLogSettings ?? {}) as Settings;
    return (destinationArn === undefined) === (format === undefined)
      ? undefined
      : "Both DestinationArn and Format must be set for Access Log Settings";
  },
  (given) =>
    /[\r\n]/.test(formatOf(given))
      ? `The following errors are found in Access Log Format: Access Log format must be single line: '${formatOf(given)}'`
      : undefined,
  (given) => {
    const format = formatOf(given);
    return format === "" || /\$\{?context\.(requestId|extendedRequestId)\b/.test(format)
      ? undefined
      : `The following errors are found in Access Log Format: Access Log format must include either $context.requestId or $context.extendedRequestId : '${format}'`;
  },
  ({ next }) => {
    const { destinationArn } = (next.accessLogSettings ?? {}) as { destinationArn?: string };
    if (destinationArn === undefined) return undefined;
    const group = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([A-Za-z0-9_/.#-]+)(:\*)?$/.exec(destinationArn);
    return group
      ? undefined
      : `Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': '${destinationArn.split(":").slice(5).join(":")}'`;
  },
];

const throttleRule: Rule<StageCheck> = (given) => {
  const negative = settingsOf(given)
    .flatMap((settings) => [settings.throttlingBurstLimit, settings.throttlingRateLimit])
    .find((limit) => typeof limit === "number" && limit < 0);
  return negative === undefined ? undefined : `Invalid throttling limit ${negative}: it must not be negative`;
};

/** HTTP_STAGE_RULES are what AWS refuses of a stage of an HTTP API. */
export const HTTP_STAGE_RULES: readonly Rule<StageCheck>[] = [
  (given) =>
    settingsOf(given).some(({ loggingLevel }) => loggingLevel !== undefined)
      ? "Execution logs are not supported on protocolType HTTP"
      : undefined,
  (given) =>
    settingsOf(given).some(({ dataTraceEnabled }) => dataTraceEnabled === true)
      ? "Execution logs are not supported on protocolType HTTP"
      : undefined,
  ({ given: { clientCertificateId } }) =>
    clientCertificateId === undefined || clientCertificateId === ""
      ? undefined
      : "Client certificates are not supported on protocolType HTTP",
  throttleRule,
  ...accessLogRules,
  httpVariablesRule,
];

/** WEBSOCKET_STAGE_RULES are what AWS refuses of a stage of a WebSocket API. */
export const WEBSOCKET_STAGE_RULES: readonly Rule<StageCheck>[] = [
  (given) => {
    const bad = settingsOf(given).find(
      ({ loggingLevel }) =>
        loggingLevel !== undefined && !["ERROR", "INFO", "OFF"].includes(String(loggingLevel)),
    );
    return bad ? "Invalid logging level specified. Must be one of [ERROR, INFO, OFF]" : undefined;
  },
  ({ next: { clientCertificateId: id }, account }) =>
    id === undefined || account.get("ClientCertificate", "", String(id))
      ? undefined
      : `Invalid client certificate identifier specified ${String(id)}`,
  throttleRule,
  ...accessLogRules,
];
