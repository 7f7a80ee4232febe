import { CommonError, type CommonErrors } from "../../aws-error.ts";
import {
  type Endpoint,
  type ErrorForm,
  type Host,
  refused,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "../endpoint.ts";
import type { JsonOperation, JsonOutput, JsonRequest } from "../json/operation.ts";
import type { Structure } from "../json/shape.ts";

/** ShapedWire is how a protocol carries operations that have shapes. */
export interface ShapedWire extends Pick<Endpoint, "accepts" | "claims"> {
  readonly common: CommonErrors;
  /** The operation that a request names; undefined: it is not one of this service. */
  operationOf(request: WireRequest): string | undefined;
  /** How a request names its operation, for an error. */
  nameOf(request: WireRequest): string;
  readInput(request: WireRequest, shape: Structure): Readonly<Record<string, unknown>>;
  write(output: JsonOutput | undefined, operation: string, request: WireRequest): WireResponse;
  writeError(error: ErrorForm, request: WireRequest): WireResponse;
}

interface Shaped extends ServiceHead {
  readonly operations: readonly JsonOperation[];
}

/** shapedEndpoint serves a service whose operations have shapes. */
export function shapedEndpoint(service: Shaped, wire: ShapedWire): Endpoint {
  const operations = new Map(service.operations.map((operation) => [operation.name, operation]));

  const find = (request: WireRequest): JsonOperation => {
    const operation = operations.get(wire.operationOf(request) ?? "");
    if (operation) return operation;
    throw new CommonError(
      "unknown-operation",
      `the operation ${wire.nameOf(request)} does not exist or is not supported yet`,
    );
  };

  const run = async (request: WireRequest, host: Host): Promise<WireResponse> => {
    const caller = host.identify(service);
    const operation = find(request);
    const { name, resource, alsoNeeds, isReadOnly = false, recorded } = operation;
    const input = wire.readInput(request, operation.input);
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
        action: `${service.actionPrefix ?? service.name}:${name}`,
        resource: resource(asked),
        ...(alsoNeeds && { and: alsoNeeds(asked) }),
      }),
    });
    await host.begin(parameters);
    return wire.write(await operation.run(asked), name, request);
  };

  const refuse: Endpoint["refuse"] = (thrown, request, host) =>
    refused(thrown, host, {
      service,
      common: wire.common,
      write: (error) => wire.writeError(error, request),
    });

  return {
    service,
    accepts: (request) => wire.accepts(request),
    claims: (request) => wire.claims(request),
    serve: (request, host) =>
      run(request, host).then(
        (response) => ({ response }),
        (error: unknown) => refuse(error, request, host),
      ),
    refuse,
  };
}
