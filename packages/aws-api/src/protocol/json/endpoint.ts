import { CommonError } from "../../aws-error.ts";
import {
  type Endpoint,
  type ErrorForm,
  type Host,
  headerOf,
  isPostToRoot,
  refused,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "../endpoint.ts";
import { JSON_ERRORS } from "./errors.ts";
import type { JsonOperation, JsonRequest } from "./operation.ts";
import { readInput, writeOutput } from "./shape.ts";

/** JsonService is a service of AWS's JSON protocols: a header names the operation, and bodies are JSON. */
export interface JsonService extends ServiceHead {
  readonly jsonVersion: "1.0" | "1.1";
  /** Prefix of X-Amz-Target, for example Logs_20140328. */
  readonly targetPrefix: string;
  readonly operations: readonly JsonOperation[];
}

/** jsonEndpoint serves a service in the protocol awsJson1_0 or awsJson1_1 (AWS: Smithy, AWS JSON protocols). */
export function jsonEndpoint(service: JsonService): Endpoint {
  const operations = new Map(service.operations.map((operation) => [operation.name, operation]));
  const head = `${service.targetPrefix}.`;

  const respond = (status: number, body: Buffer): WireResponse => ({
    status,
    headers: { "Content-Type": `application/x-amz-json-${service.jsonVersion}` },
    body,
  });
  const targetOf = (request: WireRequest) => headerOf(request, "x-amz-target") ?? "";

  const find = (request: WireRequest): JsonOperation => {
    const target = targetOf(request);
    const operation = target.startsWith(head) ? operations.get(target.slice(head.length)) : undefined;
    if (operation) return operation;
    throw new CommonError(
      "unknown-operation",
      `the operation ${target} does not exist or is not supported yet`,
    );
  };

  const run = async (request: WireRequest, host: Host): Promise<WireResponse> => {
    const caller = host.identify(service);
    const {
      name,
      input: shape,
      resource,
      alsoNeeds,
      isReadOnly = false,
      recorded,
      run: carryOut,
    } = find(request);
    const input = readInput(request.body, shape);
    const parameters = recorded?.(input) ?? input;
    const { region, application } = host;
    const asked: JsonRequest = { caller, region, input, application };
    host.admit({
      service,
      operation: name,
      caller,
      isReadOnly,
      parameters,
      intent: () => ({
        action: `${service.name}:${name}`,
        resource: resource(asked),
        ...(alsoNeeds && { and: alsoNeeds(asked) }),
      }),
    });
    await host.begin(parameters);
    const output = await carryOut(asked);
    return respond(200, output === undefined ? Buffer.alloc(0) : writeOutput(output));
  };

  const writeError = ({ code, status, message, members }: ErrorForm) =>
    respond(status, writeOutput({ __type: code, message, ...members }));

  const refuse: Endpoint["refuse"] = (thrown, _request, host) =>
    refused(thrown, host, { service, common: JSON_ERRORS, write: writeError });

  return {
    service,
    accepts: (request) => isPostToRoot(request) && headerOf(request, "x-amz-target") !== undefined,
    claims: (request) => targetOf(request).startsWith(head),
    serve: (request, host) =>
      run(request, host).then(
        (response) => ({ response }),
        (error: unknown) => refuse(error, request, host),
      ),
    refuse,
  };
}
