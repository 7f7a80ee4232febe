import { type MethodSetting, methodSettingName } from "@tollgate/config";
import type { JsonObject } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";
import { asNumber, type PatchRefusal, type PatchRule, parseFlag } from "./patch.ts";

/** AWS's defaults for the settings of a method. */
const THROTTLE = { throttlingBurstLimit: 5000, throttlingRateLimit: 10000 };

/** showSetting returns the settings of one method as AWS shows them. */
export const showSetting = ({ loggingLevel, ...setting }: MethodSetting): JsonObject => ({
  ...THROTTLE,
  ...setting,
  ...(loggingLevel === "OFF" ? {} : { loggingLevel }),
});

/** Settings of methods by their path: the name in the spec, and how a value is read. */
const SETTINGS: Readonly<Record<string, readonly [keyof MethodSetting, (value: string) => unknown]>> = {
  "metrics/enabled": ["metricsEnabled", parseFlag],
  "logging/dataTrace": ["dataTraceEnabled", parseFlag],
  "logging/loglevel": ["loggingLevel", (value) => value],
  "throttling/burstLimit": ["throttlingBurstLimit", asNumber],
  "throttling/rateLimit": ["throttlingRateLimit", asNumber],
  "caching/enabled": ["cachingEnabled", parseFlag],
  "caching/ttlInSeconds": ["cacheTtlInSeconds", asNumber],
  "caching/dataEncrypted": ["cacheDataEncrypted", parseFlag],
  "caching/requireAuthorizationForCacheControl": ["requireAuthorizationForCacheControl", parseFlag],
  "caching/unauthorizedCacheControlHeaderStrategy": [
    "unauthorizedCacheControlHeaderStrategy",
    (value) => value,
  ],
};

type Settings = Record<string, Record<string, unknown>>;
const settingsOf = (spec: Record<string, unknown>) => (spec.methodSettings as Settings | undefined) ?? {};

/** The paths of a stage that can be replaced, exactly as AWS lists them. */
const PATHS =
  "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled";

/** stageRefusal has the wording of stages. */
export const stageRefusal: PatchRefusal = ({ op, path }) => {
  if (op === "remove")
    return badRequest(
      `Cannot remove method setting ${path.replace(/^\//, "")} because there is no method setting for this method `,
    );
  return badRequest(
    op === "replace"
      ? `Invalid method setting path: ${path}. Must be one of: [${PATHS}]`
      : `Invalid ${op} operation with path: ${path}`,
  );
};

/** methodSetting sets one of a method's settings: /{resource path}/{METHOD}/{group}/{setting}, with or without escaped slashes. */
export const methodSetting: PatchRule = {
  path: "/{rest...}",
  ops: ["replace", "add"],
  apply: (spec, { op, path, value = "" }) => {
    const [, given = "", setting = ""] = /^\/(.+\/[^/]+)\/([^/]+\/[^/]+)$/.exec(path) ?? [];
    const known = SETTINGS[setting];
    if (!known) throw stageRefusal({ op, path, value, from: undefined }, []);
    const all = settingsOf(spec);
    const name = methodSettingName(all, given) ?? given;
    // A method without settings starts with a copy of the settings for all methods.
    spec.methodSettings = { ...all, [name]: { ...(all[name] ?? all["*/*"]), [known[0]]: known[1](value) } };
  },
};

/** wholeSetting removes all settings of a method. */
export const wholeSetting: PatchRule = {
  path: "/{rest...}",
  ops: ["remove"],
  apply: (spec, { op, path, value }) => {
    const all = settingsOf(spec);
    const name = methodSettingName(all, path.slice(1));
    if (name === undefined) throw stageRefusal({ op, path, value, from: undefined }, []);
    const { [name]: _removed, ...others } = all;
    spec.methodSettings = others;
  },
};

const ACCESS_LOG = ["/accessLogSettings/destinationArn", "/accessLogSettings/format"];

/** accessLogRules set single members, but remove only all of them together. */
export const accessLogRules: readonly PatchRule[] = [
  {
    path: "/accessLogSettings",
    ops: ["remove"],
    apply: (spec) => {
      delete spec.accessLogSettings;
    },
  },
  {
    path: "/accessLogSettings/{member...}",
    ops: ["replace", "add"],
    apply: (spec, { names: [name = ""], value = "" }) => {
      if (!ACCESS_LOG.includes(`/accessLogSettings/${name}`))
        throw badRequest(`Invalid accessLogSettings path. Must be one of : [${ACCESS_LOG.join(", ")}]`);
      if (value === "") throw badRequest("Access Log value must not be empty");
      spec.accessLogSettings = { ...(spec.accessLogSettings as object | undefined), [name]: value };
    },
  },
];
