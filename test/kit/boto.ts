import { fileURLToPath } from "node:url";
import { startLineService } from "./line-service.ts";
import { pythonWithBotocore } from "./moto.ts";

const SCRIPT = fileURLToPath(new URL("./boto.py", import.meta.url));

/** BotoError is an error of a service as botocore raises it. */
export interface BotoError {
  /** Name of the exception's class. */
  readonly class: string;
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/** The response of a call: members as boto3 returns them. */
// oxlint-disable-next-line typescript/no-explicit-any -- the shapes are botocore's
export type BotoAnswer = any;

interface Line {
  readonly value?: BotoAnswer;
  readonly error?: BotoError;
  readonly fault?: string;
}

export interface BotoOperation {
  readonly name: string;
  readonly method: string;
  readonly requestUri: string;
  readonly responseCode?: number;
  /** Names of the members of its body, as they are on the wire. */
  readonly members: readonly string[];
  /** What each of them is. */
  readonly shapes: Readonly<Record<string, BotoShape>>;
  /** The same for those in its query. */
  readonly query: Readonly<Record<string, BotoShape>>;
  /** Names of all members that it requires, as they are on the wire. */
  readonly required: readonly string[];
}

/** What a member is: its type, the only values of a string, the highest number, the length of a string, and what a structure, a list or a map is made of. */
export interface BotoShape {
  readonly type: string;
  readonly values: readonly string[];
  readonly max: number | null;
  readonly longest: number | null;
  readonly members?: Readonly<Record<string, BotoShape>>;
  readonly required?: readonly string[];
  readonly item?: BotoShape;
}

export interface Boto extends AsyncDisposable {
  /** Calls an operation by boto3's name for it, such as create_rest_api. */
  call(method: string, params?: object): Promise<BotoAnswer>;
  /** Calls an operation that is refused. */
  refused(method: string, params?: object): Promise<BotoError>;
  /** All pages of a paginator, `size` items each. */
  pages(method: string, size: number, params?: object): Promise<BotoAnswer[]>;
  /** Names of the operations that were answered so far. */
  called(): Promise<readonly string[]>;
  /** Of the operations that were answered so far: members that no call gave, and those that no call was made to with the required members alone. */
  untried(): Promise<readonly string[]>;
  /** The same client of another service. */
  as(service: string): Omit<Boto, typeof Symbol.asyncDispose>;
  /** The operations of the service, from botocore's own description of it. */
  operations(): Promise<readonly BotoOperation[]>;
}

/** startBoto runs an unmodified boto3 client of a service, with an endpoint override and nothing else. */
export async function startBoto(
  endpoint: string,
  {
    service = "apigateway",
    accessKeyId = "any",
    secretAccessKey = "any",
    sessionToken = "",
  }: { service?: string; accessKeyId?: string; secretAccessKey?: string; sessionToken?: string } = {},
): Promise<Boto> {
  const args = [SCRIPT, endpoint, accessKeyId, secretAccessKey, sessionToken];
  // Or it would look for the host "stream-127.0.0.1" where an operation has a host of its own.
  const env = { AWS_DISABLE_HOST_PREFIX_INJECTION: "true" };
  const program = startLineService<Line>(await pythonWithBotocore(), args, env);
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (service: string, method: string, params: object, pages?: number): Promise<Line> => {
    const answer = turn.then(async () => {
      const line = await program.ask({ service, method, params, pages });
      if (line.fault !== undefined) throw new Error(`boto3 ${method}: ${line.fault}`);
      return line;
    });
    turn = answer.catch(() => undefined);
    return answer;
  };
  const valueOf = (method: string, { value, error }: Line): BotoAnswer => {
    if (error) throw new Error(`${method}: ${error.code} (${error.status}): ${error.message}`);
    return value;
  };
  const of = (name: string): Omit<Boto, typeof Symbol.asyncDispose> => ({
    call: async (method, params = {}) => valueOf(method, await ask(name, method, params)),
    pages: async (method, size, params = {}) => valueOf(method, await ask(name, method, params, size)),
    called: async () => valueOf("called", await ask(name, "called", {})),
    untried: async () => valueOf("untried", await ask(name, "untried", {})),
    operations: async () => valueOf("operations", await ask(name, "operations", {})),
    refused: async (method, params = {}) => {
      const { error } = await ask(name, method, params);
      if (!error) throw new Error(`${method} was not refused`);
      return error;
    },
    as: of,
  });
  return {
    ...of(service),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
