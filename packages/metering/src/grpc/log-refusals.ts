import { LogRefusal } from "@tollgate/log-store";
import { RpcCode, RpcError, unary } from "@tollgate/proto/rpc";

const CODES = {
  invalid: RpcCode.INVALID_ARGUMENT,
  "not-found": RpcCode.NOT_FOUND,
  "already-exists": RpcCode.ALREADY_EXISTS,
  limit: RpcCode.RESOURCE_EXHAUSTED,
} as const;

/** logRefused is a refusal of the log store as an error of the wire; what is none stays what it is. */
export const logRefused = (error: unknown): unknown =>
  error instanceof LogRefusal ? new RpcError(CODES[error.reason], error.message) : error;

/** ServeLogs makes a method of a function; its refusals have their codes. */
export type ServeLogs = <I, O>(run: (request: I) => O | Promise<O>) => ReturnType<typeof unary<I, O>>;

export const serveLogs =
  (report: (error: unknown) => void): ServeLogs =>
  (run) =>
    unary(async (request) => {
      try {
        return await run(request);
      } catch (error) {
        throw logRefused(error);
      }
    }, report);
