import { invalidMapping } from "./mapping-expression.ts";

type Maps<T> = Readonly<Record<string, T>>;

/** DraftedMethod is a method as a call or a definition gives it, before it is parsed. */
export interface DraftedMethod {
  readonly requestParameters?: Maps<unknown>;
  readonly methodResponses?: Maps<{ readonly responseParameters?: Maps<unknown> | undefined }>;
}

/** Measured on AWS in floci-io/floci #3549. */
const PARAMETER_NAME = /^[a-zA-Z0-9:._$-]+$/;

/** wrongParameters is AWS's sentence for the request parameters of a method, if it refuses them. */
export function wrongParameters({ requestParameters = {} }: DraftedMethod): string | undefined {
  // method.request.{location}.{name}
  const names = Object.keys(requestParameters).map((key) => key.split(".").slice(3).join("."));
  if (names.some((name) => name !== "" && !PARAMETER_NAME.test(name)))
    return invalidMapping(
      `Parameter name should match the following regular expression: ${PARAMETER_NAME.source}`,
    );
  // A header and a query parameter cannot have the same name.
  return new Set(names).size < names.length
    ? "Parameter names must be unique across querystring, header and path"
    : undefined;
}

/** wrongMethod is AWS's sentence for an integration without a method, which only MOCK may have. */
export const wrongMethod = ({
  type,
  httpMethod,
}: {
  readonly type?: unknown;
  readonly httpMethod?: unknown;
}): string | undefined =>
  type === "MOCK" || httpMethod ? undefined : "Enumeration value for HttpMethod must be non-empty";

/**
 * wrongMappings is AWS's sentence for mappings of an integration response to parameters that the method response does not declare (quoted in
 * olegabu/cognito-helper #13, amazon-archives/aws-apigateway-importer #121 and #209).
 */
export function wrongMappings(
  { methodResponses = {} }: DraftedMethod,
  status: string,
  { responseParameters = {} }: { readonly responseParameters?: Maps<unknown> | undefined },
): string | undefined {
  const mapped = Object.keys(responseParameters);
  if (mapped.length === 0) return undefined;
  const declaring = Object.hasOwn(methodResponses, status) ? methodResponses[status] : undefined;
  if (!declaring) return invalidMapping("No method response exists for method.");
  const undeclared = mapped.filter((name) => !Object.hasOwn(declaring.responseParameters ?? {}, name));
  return undeclared.length > 0
    ? invalidMapping(...undeclared.map((name) => `Invalid mapping expression parameter specified: ${name}`))
    : undefined;
}
