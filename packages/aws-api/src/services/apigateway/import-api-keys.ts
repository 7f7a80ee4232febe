import { CsvError, parse } from "csv-parse/sync";
import { newApiId } from "@tollgate/config";
import type { AccountView, Draft } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { badRequest } from "./errors.ts";

interface Row {
  readonly line: number;
  readonly columns: Readonly<Record<string, string>>;
}

/** Columns of a file of keys, in any order and case (AWS: API Gateway API key file format). */
const COLUMNS = ["name", "key", "description", "enabled", "usageplanids"];
const NEEDED = ["name", "key"];

function readRows(text: string): Row[] {
  let header: readonly string[] = [];
  try {
    const records = parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      columns: (names: readonly string[]) => (header = names.map((name) => name.toLowerCase())) as string[],
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    const unknown = header.find((name) => !COLUMNS.includes(name));
    const absent = NEEDED.find((name) => !header.includes(name));
    if (unknown !== undefined || absent !== undefined)
      throw badRequest(
        `Invalid API key file: ${unknown === undefined ? `the column '${absent}' is missing` : `'${unknown}' is not a column`}; the first line must name the columns ${COLUMNS.join(", ")}`,
      );
    return records.map(({ record, info }) => ({ line: info.lines, columns: record }));
  } catch (error) {
    if (error instanceof CsvError) throw badRequest(`Invalid API key file: ${error.message}`);
    throw error;
  }
}

interface Import {
  readonly drafts: readonly Draft[];
  readonly warnings: readonly string[];
}

/** The changes by a file. An existing key with the name or value of a row stays unchanged and is added to the plans of the row. */
function importRows(account: AccountView, rows: readonly Row[]): Import {
  const warnings: string[] = [];
  const drafts = new Map<string, Draft>();
  const values = new Set<string>();
  for (const { line, columns } of rows) {
    const { name = "", key: value = "", description, enabled, usageplanids = "" } = columns;
    if (values.has(value)) {
      warnings.push(`line ${line}: API Key already exists: the file contains this value twice`);
      continue;
    }
    values.add(value);
    const wanted = usageplanids.split(",").flatMap((id) => id.trim() || []);
    const plans = wanted.filter((id) => account.get("UsagePlan", "", id));
    for (const id of wanted.filter((one) => !plans.includes(one)))
      warnings.push(`line ${line}: Invalid Usage Plan ID specified: ${id}`);
    const same = account.keyWith(value)?.entity;
    if (same) {
      const usagePlanIds = [...new Set([...same.spec.usagePlanIds, ...plans])];
      if (usagePlanIds.length === same.spec.usagePlanIds.length)
        warnings.push(`line ${line}: API Key already exists`);
      drafts.set(same.id, { ...same, spec: { ...same.spec, usagePlanIds } });
      continue;
    }
    const id = newApiId();
    const spec = compact({
      name: name || undefined,
      value,
      description: description || undefined,
      enabled: (enabled ?? "true").toLowerCase() === "true",
      usagePlanIds: plans,
    });
    drafts.set(id, { kind: "ApiKey", apiId: "", id, spec });
  }
  return { drafts: [...drafts.values()], warnings };
}

async function importKeys(request: AwsRequest): Promise<JsonObject> {
  const { query, application, accountId } = request;
  const rows = readRows(request.text);
  let outcome: Import = { drafts: [], warnings: [] };
  await application.change(accountId, (account) => {
    outcome = importRows(account, rows);
    if (query.get("failonwarnings") === "true" && outcome.warnings.length > 0)
      throw badRequest(`Unable to import the API keys: ${outcome.warnings.join("; ")}`);
    return { puts: outcome.drafts };
  });
  return { ids: outcome.drafts.map(({ id }) => id), warnings: outcome.warnings };
}

/** importApiKeysOperation creates keys from a CSV file. */
export const importApiKeysOperation: Operation = {
  name: "ImportApiKeys",
  method: "POST",
  path: "/apikeys",
  where: ["mode", "import"],
  takesText: true,
  status: 201,
  run: importKeys,
};
