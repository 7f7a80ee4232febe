import type { CorsConfiguration } from "@tollgate/config";
import type { Call, Filter } from "../call/call.ts";
import { firstHeader } from "../call/header-lookup.ts";
import type { Reply } from "../call/reply.ts";

/** Cors is what an HTTP API says to browsers (AWS: configure CORS for HTTP APIs). */
export interface Cors {
  /** The headers of a response with those of CORS: what the upstream says of it does not count. */
  applied(call: Call, headers: readonly string[]): string[];
  /** The reply to a preflight; undefined: the call is not one. */
  preflight(call: Call): Reply | undefined;
}

const isCorsHeader = (name: string) => /^access-control-/i.test(name);

/** An origin may be exact, *, or scheme://* for all of a scheme. */
function compileOrigins(allowed: readonly string[]): (origin: string) => string | undefined {
  const exact = new Set(allowed.map((origin) => origin.toLowerCase()));
  if (exact.has("*")) return () => "*";
  const schemes = [...exact].filter((origin) => origin.endsWith("://*")).map((origin) => origin.slice(0, -1));
  return (origin) => {
    const lower = origin.toLowerCase();
    return exact.has(lower) || schemes.some((scheme) => lower.startsWith(scheme)) ? origin : undefined;
  };
}

const listed = (name: string, values: readonly string[]): string[] =>
  values.length === 0 ? [] : [name, values.join(",")];

export function compileCors(configuration: CorsConfiguration): Cors {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials } = configuration;
  const originFor = compileOrigins(allowOrigins);
  const always = [
    ...(allowCredentials ? ["access-control-allow-credentials", "true"] : []),
    ...listed("access-control-expose-headers", exposeHeaders),
  ];
  const forPreflight: Reply = {
    status: 204,
    headers: [
      ...listed("access-control-allow-methods", allowMethods),
      ...listed("access-control-allow-headers", allowHeaders),
      ...(maxAge === undefined ? [] : ["access-control-max-age", String(maxAge)]),
    ],
    body: undefined,
  };
  const notAllowed: Reply = { status: 204, headers: [], body: undefined };
  const allowedOrigin = (call: Call): string | undefined => {
    const origin = firstHeader(call.headers, "origin");
    return origin === "" ? undefined : originFor(origin);
  };
  const isPreflight = (call: Call) =>
    call.method === "OPTIONS" &&
    firstHeader(call.headers, "origin") !== "" &&
    firstHeader(call.headers, "access-control-request-method") !== "";
  return {
    applied(call, headers) {
      const out: string[] = [];
      const ours = isPreflight(call);
      for (let i = 0; i < headers.length; i += 2)
        if (ours || !isCorsHeader(headers[i] as string))
          out.push(headers[i] as string, headers[i + 1] as string);
      const origin = allowedOrigin(call);
      if (origin === undefined) return out;
      out.push("access-control-allow-origin", origin, ...always);
      if (origin !== "*") out.push("vary", "origin");
      return out;
    },
    preflight(call) {
      if (!isPreflight(call)) return undefined;
      return allowedOrigin(call) === undefined ? notAllowed : forPreflight;
    },
  };
}

/** preflight replies to what browsers ask first; undefined: the API says nothing to them. */
export const preflight = (cors: Cors | undefined): Filter | undefined =>
  cors && ((call) => cors.preflight(call));
