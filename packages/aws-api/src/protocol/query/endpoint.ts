import { CommonError } from "../../aws-error.ts";
import type { Caller } from "../../session-port.ts";
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
import { QUERY_ERRORS } from "./errors.ts";
import type { QueryOperation, QueryRequest } from "./operation.ts";
import { Parameters } from "./parameters.ts";
import { type XmlObject, xmlText } from "./xml.ts";

/** QueryService is a service of AWS's query protocol: requests are forms with Action and Version, responses are XML. */
export interface QueryService extends ServiceHead {
  readonly operations: readonly QueryOperation[];
}

const ANONYMOUS: Caller = { accountId: "", arn: "", userId: "", userName: "" };
/** The names of actions that change nothing. */
const READS = /^(Get|List)/;

const xml = (status: number, text: string): WireResponse => ({
  status,
  headers: { "Content-Type": "text/xml" },
  body: Buffer.from(text),
});

const formOf = ({ body }: WireRequest) => new URLSearchParams(body.toString("utf8"));

/** queryEndpoint serves a service in the query protocol (AWS: Smithy, AWS query protocol). */
export function queryEndpoint(service: QueryService): Endpoint {
  const operations = new Map(service.operations.map((operation) => [operation.name, operation]));
  const namespace = `https://${service.name}.amazonaws.com/doc/${service.version}/`;

  const find = (form: URLSearchParams): QueryOperation => {
    const action = form.get("Action") ?? "";
    const version = form.get("Version");
    const operation = version === service.version ? operations.get(action) : undefined;
    if (operation) return operation;
    throw new CommonError(
      "unknown-operation",
      `Could not find operation ${action} for version ${version}, or it is not supported yet`,
    );
  };

  const run = async (request: WireRequest, host: Host): Promise<WireResponse> => {
    const form = formOf(request);
    const operation = find(form);
    const { name, resource } = operation;
    const caller = operation.isOpen ? undefined : host.identify(service);
    const { application, identities, sessions } = host;
    const asked: QueryRequest = {
      caller: caller ?? ANONYMOUS,
      parameters: new Parameters(form),
      application,
      identities,
      sessions,
    };
    const parameters = Object.fromEntries([...form].filter(([key]) => key !== "Action" && key !== "Version"));
    host.admit({
      service,
      operation: name,
      caller,
      isReadOnly: READS.test(name),
      parameters,
      intent: resource && (() => ({ action: `${service.name}:${name}`, resource: resource(asked) })),
    });
    if (caller) await host.begin(parameters);
    const result = await operation.run(asked);
    const content: XmlObject = {
      ...(result ? { [`${name}Result`]: result } : {}),
      ResponseMetadata: { RequestId: request.requestId },
    };
    return xml(200, xmlText(`${name}Response`, namespace, content));
  };

  const writeError =
    ({ requestId }: WireRequest) =>
    ({ code, status, message }: ErrorForm) =>
      xml(
        status,
        xmlText("ErrorResponse", namespace, {
          Error: { Type: status >= 500 ? "Receiver" : "Sender", Code: code, Message: message },
          RequestId: requestId,
        }),
      );

  const refuse: Endpoint["refuse"] = (thrown, request, host) =>
    refused(thrown, host, { service, common: QUERY_ERRORS, write: writeError(request) });

  return {
    service,
    accepts: (request) => isPostToRoot(request) && headerOf(request, "x-amz-target") === undefined,
    claims: (request) => formOf(request).get("Version") === service.version,
    serve: (request, host) =>
      run(request, host).then(
        (response) => ({ response }),
        (error: unknown) => refuse(error, request, host),
      ),
    refuse,
  };
}
