import type { Command } from "commander";
import { CliError, EXIT, print, report } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { allEntities } from "./get.ts";

interface Options {
  readonly origin: string;
  readonly headers: string;
  readonly path?: string;
  readonly gatewayResponses?: boolean;
  readonly replace?: boolean;
}

interface MethodSpec {
  methodResponses?: Record<string, { responseParameters?: Record<string, boolean> }>;
  integration?: {
    type?: string;
    integrationResponses?: Record<string, { responseParameters?: Record<string, string> }>;
  };
}

interface ResourceSpec {
  path: string;
  methods: Record<string, MethodSpec>;
}

const ORIGIN = "method.response.header.Access-Control-Allow-Origin";
const HEADERS = "method.response.header.Access-Control-Allow-Headers";
const METHODS = "method.response.header.Access-Control-Allow-Methods";
const ALL = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];

/** An OPTIONS method that answers a preflight without calling anything, as AWS's console creates it. */
function preflight(
  verbs: readonly string[],
  { origin, headers }: Options,
): MethodSpec & Record<string, unknown> {
  const allowed = [...(verbs.includes("ANY") ? ALL : verbs), "OPTIONS"].join(",");
  return {
    methodResponses: {
      "200": { responseParameters: { [ORIGIN]: false, [HEADERS]: false, [METHODS]: false } },
    },
    integration: {
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}', $default: '{"statusCode": 200}' },
      integrationResponses: {
        "200": {
          responseParameters: {
            [ORIGIN]: `'${origin}'`,
            [HEADERS]: `'${headers}'`,
            [METHODS]: `'${allowed}'`,
          },
        },
      },
    } as MethodSpec["integration"],
  } as MethodSpec & Record<string, unknown>;
}

/** withOrigin adds the origin header to every mapped response of a method; the backend of a proxy must send it itself. */
function withOrigin(method: MethodSpec, origin: string): MethodSpec {
  const { integration } = method;
  if (!integration || integration.type?.endsWith("_PROXY")) return method;
  const statuses = Object.keys(integration.integrationResponses ?? {});
  const methodResponses = { ...method.methodResponses };
  const integrationResponses = { ...integration.integrationResponses };
  for (const status of statuses) {
    const declared = methodResponses[status];
    methodResponses[status] = {
      ...declared,
      responseParameters: { ...declared?.responseParameters, [ORIGIN]: false },
    };
    const response = integrationResponses[status];
    integrationResponses[status] = {
      ...response,
      responseParameters: { ...response?.responseParameters, [ORIGIN]: `'${origin}'` },
    };
  }
  return { ...method, methodResponses, integration: { ...integration, integrationResponses } };
}

/** enableCors adds a preflight to a resource and the origin header to its responses; undefined: it already has an OPTIONS method. */
function enableCors(spec: ResourceSpec, options: Options): ResourceSpec | undefined {
  const verbs = Object.keys(spec.methods).filter((verb) => verb !== "OPTIONS");
  if (verbs.length === 0 || (spec.methods.OPTIONS && !options.replace)) return undefined;
  const methods = Object.fromEntries(
    verbs.map((verb) => [verb, withOrigin(spec.methods[verb] as MethodSpec, options.origin)]),
  );
  return { ...spec, methods: { ...methods, OPTIONS: preflight(verbs, options) } };
}

export function addCors(program: Command): void {
  const cors = program.command("cors").description("cross-origin resource sharing of a REST API");
  cors
    .command("enable")
    .description(
      "add preflights to resources and the origin header to their responses, as the AWS console does; deploy afterwards",
    )
    .argument("<api>", "id of the API")
    .option("--origin <origin>", "origin that may call the API", "*")
    .option(
      "--headers <names>",
      "request headers that are allowed",
      "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token",
    )
    .option("--path <path>", "only this resource")
    .option("--replace", "replace existing OPTIONS methods")
    .option("--no-gateway-responses", "leave DEFAULT_4XX and DEFAULT_5XX as they are")
    .action(async (apiId: string, options: Options, command: Command) => {
      const globals = globalsOf(command);
      if (/['\r\n]/.test(options.origin + options.headers))
        throw new CliError("--origin and --headers must not contain quotes", EXIT.USAGE);
      using session = openSession(globals);
      const entities = await allEntities(session, { accountId: globals.account, kind: "", apiId });
      const changed: {
        kind: string;
        apiId: string;
        id: string;
        labels: Record<string, string>;
        specJson: string;
      }[] = [];
      const paths: string[] = [];
      for (const { kind, id, labels, specJson } of entities) {
        const spec = JSON.parse(specJson) as ResourceSpec;
        if (kind !== "Resource" || (options.path !== undefined && spec.path !== options.path)) continue;
        const enabled = enableCors(spec, options);
        if (!enabled) continue;
        paths.push(spec.path);
        changed.push({ kind, apiId, id, labels, specJson: JSON.stringify(enabled) });
      }
      if (options.path !== undefined && paths.length === 0)
        throw new CliError(
          `API '${apiId}' has no resource ${options.path} with methods and without OPTIONS (use --replace to replace it)`,
        );
      if (options.gatewayResponses !== false)
        for (const id of ["DEFAULT_4XX", "DEFAULT_5XX"]) {
          const known = entities.find((entity) => entity.kind === "GatewayResponse" && entity.id === id);
          const spec = JSON.parse(known?.specJson ?? "{}") as { responseParameters?: Record<string, string> };
          const responseParameters = {
            ...spec.responseParameters,
            "gatewayresponse.header.Access-Control-Allow-Origin": `'${options.origin}'`,
          };
          changed.push({
            kind: "GatewayResponse",
            apiId,
            id,
            labels: known?.labels ?? {},
            specJson: JSON.stringify({ ...spec, responseParameters }),
          });
        }
      if (changed.length === 0)
        return report("nothing to change: every resource already has an OPTIONS method");
      const { revision } = await session.config.apply({ accountId: globals.account, entities: changed });
      for (const path of paths.sort()) print(path);
      report(`revision ${revision}; run 'tollgate deploy ${apiId} --stage ...' to make it live`);
    });
}
