import { INTEGRATION, isAnyKey, pathsOf } from "./definition-editor.ts";
import { isIntrinsic, isNode, type Node, nodeOf } from "./node.ts";
import { fail, type SamContext } from "./sam-context.ts";

const MEMBERS = ["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];
const EVERYBODY = "'*'";
const ALL_VERBS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/** The verbs of a path and OPTIONS; all verbs if the path has an operation for any. */
function verbsOf(item: Node): string {
  const keys = Object.keys(item);
  const verbs = keys.some(isAnyKey)
    ? ALL_VERBS
    : [...new Set([...keys, "options"].map((key) => key.toUpperCase()))];
  return `'${verbs.sort().join(",")}'`;
}

/** The operation for preflights: a mock with the headers of CORS. */
function preflight(headers: readonly [name: string, value: unknown, type: string][]): Node {
  const given = headers.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return {
    summary: "CORS support",
    consumes: ["application/json"],
    produces: ["application/json"],
    [INTEGRATION]: {
      type: "mock",
      requestTemplates: { "application/json": '{\n  "statusCode" : 200\n}\n' },
      responses: {
        default: {
          statusCode: "200",
          responseParameters: Object.fromEntries(
            given.map(([name, value]) => [`method.response.header.${name}`, value]),
          ),
          responseTemplates: { "application/json": "{}\n" },
        },
      },
    },
    responses: {
      "200": {
        description: "Default response for CORS method",
        headers: Object.fromEntries(given.map(([name, , type]) => [name, { type }])),
      },
    },
  };
}

/** addCors adds an operation for preflights to each path of a definition that has none (SAM: CorsConfiguration). */
export function addCors(context: SamContext, logicalId: string, given: unknown, definition: Node): void {
  const cors = typeof given === "string" || isIntrinsic(given) ? { AllowOrigin: given } : given;
  if (!isNode(cors))
    return fail(context, logicalId, ["Cors"], "must be an origin, or an object of CORS settings");
  const unknown = Object.keys(cors).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    return fail(context, logicalId, ["Cors", unknown], `must be one of ${MEMBERS.join(", ")}`);
  const {
    AllowOrigin: origin = EVERYBODY,
    AllowHeaders: headers,
    MaxAge: maxAge,
    AllowCredentials: credentials,
  } = cors;
  if (credentials === true && origin === EVERYBODY)
    return fail(context, logicalId, ["Cors"], "AllowCredentials cannot be true if AllowOrigin is '*'");
  const seen = new Set<string>();
  for (const [path, item] of Object.entries(pathsOf(definition))) {
    const plain = path === "/" ? path : path.replace(/\/+$/, "");
    if (seen.has(plain)) continue;
    seen.add(plain);
    const operations = nodeOf(item);
    if ("options" in operations) continue;
    const methods = cors.AllowMethods ?? verbsOf(operations);
    operations.options = preflight([
      ["Access-Control-Allow-Origin", origin, "string"],
      ["Access-Control-Allow-Headers", headers, "string"],
      ["Access-Control-Allow-Methods", methods, "string"],
      ["Access-Control-Max-Age", maxAge, "integer"],
      ["Access-Control-Allow-Credentials", credentials === true ? "'true'" : undefined, "string"],
    ]);
  }
}
