import { apiUrl } from "@tollgate/config";
import { isObject, type JsonObject } from "@tollgate/openapi";
import type { Intrinsics } from "./intrinsics.ts";
import { withAliases } from "./sam/aliases.ts";
import { shown } from "./shown.ts";
import { sectionOf, type Template } from "./template.ts";
import type { TemplateResources } from "./template-resources.ts";

/** PlannedOutput is an output of a stack. */
export interface PlannedOutput {
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** outputsOf are the outputs of a template whose conditions are true. */
export function outputsOf(
  template: Template,
  intrinsics: Intrinsics,
  aliases: ReadonlyMap<string, string>,
): Record<string, PlannedOutput> {
  const { findings } = template;
  const section = withAliases(sectionOf(template, "Outputs"), aliases) as JsonObject;
  return Object.fromEntries(
    Object.entries(section).flatMap(([name, given]) => {
      const at = ["Outputs", name];
      if (!isObject(given) || given.Value === undefined) {
        findings.add("error", at, "must be an object with a Value");
        return [];
      }
      if (given.Condition !== undefined && !intrinsics.conditions.holds(shown(given.Condition), at))
        return [];
      const value = intrinsics.evaluate(given.Value, [...at, "Value"]);
      const named = isObject(given.Export)
        ? intrinsics.evaluate(given.Export.Name ?? "", [...at, "Export"])
        : undefined;
      const output = {
        value: Array.isArray(value) ? value.join(",") : typeof value === "object" ? "" : shown(value ?? ""),
        ...(typeof given.Description === "string" ? { description: given.Description } : {}),
        ...(typeof named === "string" ? { exportName: named } : {}),
      };
      return [[name, output]];
    }),
  );
}

/** The address of an API on AWS, as templates write it. */
const AWS_URL = /\b(http|ws)(s?):\/\/([a-z0-9]{10})\.execute-api\.[a-z0-9-]+\.[A-Za-z0-9.-]+(:\d+)?/g;

/** callableOutputs are outputs in which the addresses of the stack's APIs are those that clients can call. */
export function callableOutputs(
  outputs: Readonly<Record<string, PlannedOutput>>,
  resources: TemplateResources,
  publicUrl: string | undefined,
): Record<string, PlannedOutput> {
  const callable = (value: string) =>
    publicUrl === undefined
      ? value
      : value.replaceAll(AWS_URL, (given, protocol: string, _secure: string, apiId: string) => {
          if (!resources.isApi(apiId)) return given;
          const url = apiUrl(publicUrl, apiId);
          return protocol === "ws" ? url.replace(/^http/, "ws") : url;
        });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [name, { ...output, value: callable(output.value) }]),
  );
}
