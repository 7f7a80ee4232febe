import { createHash } from "node:crypto";
import type { AccountView } from "../../port.ts";
import { compact, member, type Operation } from "../../protocol/rest-json/operation.ts";
import { apiIdOf, crud, found, knownApi, type Noun } from "./crud.ts";
import { badRequest, conflict } from "./errors.ts";
import { wrongReferences } from "./model-rules.ts";
import { refusalA, required, text } from "./patch.ts";

const SCHEMA_EMPTY = "Model schema must have at least 1 property or array items defined";

/** Like other ids below an API. */
const ID_LENGTH = 6;

/** Where a model is used, in AWS's words. undefined: nowhere. */
function useOfModel(account: AccountView, apiId: string, name: string): string | undefined {
  const resources = [...account.list("Resource", apiId)].sort((a, b) =>
    a.entity.spec.path < b.entity.spec.path ? 1 : -1,
  );
  for (const { entity } of resources)
    for (const [verb, method] of Object.entries(entity.spec.methods)) {
      const place = `${entity.spec.path === "/" ? "/" : entity.spec.path}/${verb}`;
      if (Object.values(method.requestModels).includes(name))
        return `is referenced in method request: ${place}`;
      if (
        Object.values(method.methodResponses).some(({ responseModels = {} }) =>
          Object.values(responseModels).includes(name),
        )
      )
        return `is referenced in method response: ${place}`;
    }
  return undefined;
}

/** AWS gives models an id that no operation takes. It is derived from the name, so that it stays the same. */
function modelId(apiId: string, name: string): string {
  const hash = createHash("sha256").update(`${apiId}/${name}`).digest();
  return (hash.readUIntBE(0, 6) % 36 ** ID_LENGTH).toString(36).padStart(ID_LENGTH, "0");
}

const REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[a-z0-9]+\/models\/([A-Za-z0-9]+)$/;

/** The schema of a model in which models replace the references to them. A reference to a model that contains it is kept. */
function flattened(account: AccountView, apiId: string, name: string): string {
  const schemaOf = (id: string) => account.get("Model", apiId, id)?.entity.spec.schema ?? "{}";
  const resolve = (value: unknown, within: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, within));
    if (typeof value !== "object" || value === null) return value;
    const { $ref } = value as { readonly $ref?: unknown };
    const [, id] = typeof $ref === "string" ? (REFERENCE.exec($ref) ?? []) : [];
    if (id !== undefined && !within.includes(id) && account.get("Model", apiId, id))
      return resolve(JSON.parse(schemaOf(id)), [...within, id]);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, within)]));
  };
  return JSON.stringify(resolve(JSON.parse(schemaOf(name)), [name]), null, 2);
}

function checkReferences(schema: string): void {
  const wrong = wrongReferences(schema);
  if (wrong !== undefined) throw badRequest(wrong);
}

const model: Noun<"Model"> = {
  kind: "Model",
  name: "Model",
  names: "Models",
  path: "/restapis/{restapi_id}/models",
  idParameter: "model_name",
  missing: (name) => `Invalid model name specified: ${name}`,
  show: ({ entity: { apiId, id, spec } }, { query }, account) =>
    compact({
      id: modelId(apiId, id),
      name: id,
      description: spec.description || undefined,
      schema: query.get("flatten") === "true" ? flattened(account, apiId, id) : spec.schema,
      contentType: spec.contentType,
    }),
  create: (request, account) => {
    const { body } = request;
    const name = member(body, "name", "string") ?? "";
    const schema = member(body, "schema", "string") ?? "";
    knownApi(account, apiIdOf(request));
    if (name === "") throw badRequest("Model name must be non-empty");
    if (schema === "") throw badRequest(SCHEMA_EMPTY);
    if (account.get("Model", apiIdOf(request), name))
      throw conflict("Model name already exists for this REST API");
    checkReferences(schema);
    return {
      id: name,
      spec: compact({
        contentType: member(body, "contentType", "string"),
        description: member(body, "description", "string"),
        schema,
      }),
    };
  },
  patch: ({ entity: { spec } }) => ({
    refusal: refusalA,
    rules: [text("/description"), required("/schema", SCHEMA_EMPTY)],
    // What is stored may be older than the check.
    check: ({ schema }) => {
      if (schema !== spec.schema) checkReferences(String(schema));
    },
  }),
  beforeDelete: ({ entity: { apiId, id } }, account) => {
    const use = useOfModel(account, apiId, id);
    if (use !== undefined) throw conflict(`Cannot delete model '${id}', ${use}`);
    return [];
  },
};

type Schema = {
  readonly type?: string;
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
};

/** sampleTemplate is a mapping template that copies the structure that a schema describes. */
export function sampleTemplate(schema: Schema, at: string, depth: number): string {
  const head = depth === 0 ? "#set($inputRoot = $input.path('$'))\n" : "";
  const pad = "  ".repeat(depth);
  if (schema.type === "array" && schema.items) {
    const item = `$elem${depth || ""}`;
    return `${head}[\n${pad}#foreach(${item} in ${at})\n${pad}  ${sampleTemplate(schema.items, item, depth + 1)}#if($foreach.hasNext),#end\n${pad}#end\n${pad}]`;
  }
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(
      ([name, member_]) => `${pad}  "${name}" : ${sampleTemplate(member_, `${at}.${name}`, depth + 1)}`,
    );
    return `${head}{\n${members.join(",\n")}\n${pad}}`;
  }
  return head + (schema.type === "string" ? `"${at}"` : at);
}

/** modelOperations are the operations of models, the schemas of bodies. */
export const modelOperations: readonly Operation[] = [
  ...crud(model),
  {
    name: "GetModelTemplate",
    method: "GET",
    path: "/restapis/{restapi_id}/models/{model_name}/default_template",
    status: 200,
    run: (request) => {
      const { entity } = found(model, request.application.account(request.accountId), request);
      return { value: sampleTemplate(JSON.parse(entity.spec.schema) as Schema, "$inputRoot", 0) };
    },
  },
];
