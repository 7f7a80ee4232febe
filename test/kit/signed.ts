import { signRequest } from "@tollgate/iam";
import type { CallOptions } from "./calls.ts";

export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a session. */
  readonly sessionToken?: string;
}

/** signed gives the headers of a call that its caller signs as an SDK does, for the path-style address. */
export function signed(
  signer: Signer,
  fullPath: string,
  options: CallOptions & {
    readonly service?: string;
    readonly region?: string;
    readonly unixMs?: number;
  } = {},
): CallOptions {
  const {
    method = "GET",
    body = "",
    service = "execute-api",
    region = "us-east-1",
    unixMs = Date.now(),
  } = options;
  const [path = "", query = ""] = fullPath.split("?");
  const own = ["Host", "localhost", ...(Object.entries(options.headers ?? {}).flat() as string[])];
  const added = signRequest(
    { method, path, query, headers: own, body },
    { credentials: { sessionToken: undefined, ...signer }, region, service, unixMs },
  );
  return { ...options, headers: [...own, ...added] };
}
