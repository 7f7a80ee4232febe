import { headerOf, type WireRequest } from "../endpoint.ts";

/** Codes of common errors in the query protocol, where they differ. */
const COMMON: Readonly<Record<string, string>> = { ValidationException: "ValidationError" };

/** queryErrorHeader says which code an error had in the query protocol, to clients of services that once had no other (AWS: Smithy, awsQueryCompatible). */
export function queryErrorHeader(
  { code, status }: { readonly code: string; readonly status: number },
  request: WireRequest,
  queryCodes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (headerOf(request, "x-amzn-query-mode")?.toLowerCase() !== "true") return {};
  const fault = status >= 500 ? "Receiver" : "Sender";
  return { "x-amzn-query-error": `${queryCodes[code] ?? COMMON[code] ?? code};${fault}` };
}
