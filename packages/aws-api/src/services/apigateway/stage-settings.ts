import type { MethodSetting } from "@tollgate/config";
import type { JsonObject } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";
import { asNumber, type PatchRule, parseFlag } from "./patch.ts";

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
/** "~1pets~1{id}" and GET: pets/{id}/GET, without the first slash. */
const settingName = (resource: string, verb: string) => `${resource.replace(/^\//, "")}/${verb}`;

/** methodSetting sets one of a method's settings. */
export const methodSetting: PatchRule = {
  path: "/{resource}/{method}/{group}/{setting}",
  ops: ["replace", "add"],
  apply: (spec, { names: [resource = "", verb = "", group, setting], value = "" }) => {
    const known = SETTINGS[`${group}/${setting}`];
    if (!known)
      throw badRequest(
        `Invalid method setting path: /${resource}/${verb}/${group}/${setting}. Must be one of: [${Object.keys(SETTINGS).join(", ")}]`,
      );
    const all = settingsOf(spec);
    const name = settingName(resource, verb);
    // A method without settings starts with a copy of the settings for all methods.
    spec.methodSettings = { ...all, [name]: { ...(all[name] ?? all["*/*"]), [known[0]]: known[1](value) } };
  },
};

/** wholeSetting removes all settings of a method. */
export const wholeSetting: PatchRule = {
  path: "/{resource}/{method}",
  ops: ["remove"],
  apply: (spec, { names: [resource = "", verb = ""] }) => {
    const { [settingName(resource, verb)]: present, ...others } = settingsOf(spec);
    if (!present)
      throw badRequest(
        `Cannot remove method setting ${settingName(resource, verb)} because there is no method setting for this method `,
      );
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
