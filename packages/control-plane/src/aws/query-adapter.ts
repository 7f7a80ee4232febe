import {
  AwsError,
  iam,
  IdentityError,
  Parameters,
  sts,
  type AssumeRoleRequest,
  type AwsErrorType,
  type Caller,
  type IdentityErrorCode,
  type QueryService,
  type WebIdentityRequest,
} from "@tollgate/aws-api";
import type { Principal } from "../identity/principal.ts";
import { authenticate, authorize, checkAccount } from "./authenticate.ts";
import type { Adapter, HttpReply, AdapterContext, HttpCall, Known } from "./adapter.ts";
import { toIdentityError } from "./refused.ts";

const SERVICES = [iam, sts];
const ANONYMOUS: Caller = { accountId: "", arn: "", userId: "", userName: "" };

/** What the checks before an operation refuse, in the words of these services. */
const CODES: Readonly<Partial<Record<AwsErrorType, IdentityErrorCode>>> = {
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  IncompleteSignatureException: "IncompleteSignature",
  UnrecognizedClientException: "InvalidClientTokenId",
  InvalidSignatureException: "SignatureDoesNotMatch",
  ExpiredTokenException: "ExpiredTokenException",
  AccessDeniedException: "AccessDenied",
  UnauthorizedException: "AccessDenied",
  TooManyRequestsException: "Throttling",
  BadRequestException: "ValidationError",
};

function identityErrorOf(thrown: unknown): IdentityError | undefined {
  const error = toIdentityError(thrown);
  if (error instanceof IdentityError) return error;
  if (!(error instanceof AwsError)) return undefined;
  return new IdentityError(CODES[error.type] ?? "InvalidInput", error.message);
}

/** isQuery tells whether a request speaks AWS's query protocol. */
export const isQuery = ({ method, path }: HttpCall): boolean => method === "POST" && path === "/";

/** Actions that change nothing begin so. */
const READS = /^(Get|List)/;

/** QueryAdapter speaks the protocol of IAM and STS: a form with Action and Version in, XML out. */
export class QueryAdapter implements Adapter {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  async serve(request: HttpCall, known: Known, begin: () => Promise<void>): Promise<HttpReply> {
    const { isSigned, region, port, identities, sessions } = this.#context;
    const form = new URLSearchParams(request.body.toString("utf8"));
    const [action, version] = [form.get("Action") ?? "", form.get("Version")];
    const service = SERVICES.find((one) => one.version === version);
    if (!service)
      throw new IdentityError(
        "InvalidAction",
        `there is no version '${version}' of a service; ${SERVICES.map(({ name, version: own }) => `${name} is ${own}`).join(", ")}`,
      );
    known.service = service.name;
    known.operation = action;
    known.isReadOnly = READS.test(action);
    known.parameters = Object.fromEntries(
      [...form].filter(([name]) => name !== "Action" && name !== "Version"),
    );
    const operation = service.find(action);
    const principal = operation.isOpen
      ? undefined
      : authenticate(this.#context, request, [service.name], known);
    known.principal = principal;
    const asked = {
      caller: principal ?? ANONYMOUS,
      parameters: new Parameters(form),
      application: port,
      identities,
      sessions: {
        assumeRole: (given: AssumeRoleRequest) => sessions.ofRole(principal as Principal, given),
        assumeRoleWithWebIdentity: async (given: WebIdentityRequest) => {
          const issued = await sessions.ofWebIdentity(given);
          const { arn, subject, provider } = issued;
          known.identity = {
            accountId: arn.split(":")[4] ?? "",
            userIdentity: {
              type: "WebIdentityUser",
              principalId: `${provider}:${subject}`,
              userName: subject,
            },
          };
          return issued;
        },
        sessionToken: (durationS: number | undefined) => sessions.ofCaller(principal as Principal, durationS),
      },
    };
    if (isSigned && principal && operation.resource)
      authorize(principal, {
        action: `${service.name}:${action}`,
        resource: operation.resource(asked),
        region,
        sourceIp: request.sourceIp,
      });
    if (principal) {
      checkAccount(this.#context, principal, known);
      await begin();
    }
    const result = await operation.run(asked);
    return xml(200, service.answer(action, result, request.requestId));
  }

  refusal(thrown: unknown, request: HttpCall, known: Known) {
    const error = identityErrorOf(thrown);
    return error && { ...told(error, request, known), code: error.code, message: error.message };
  }

  failure(request: HttpCall, known: Known): HttpReply {
    return told(new IdentityError("InternalFailure", "Internal failure"), request, known);
  }
}

function told(error: IdentityError, { requestId }: HttpCall, { service }: Known): HttpReply {
  const named: QueryService = SERVICES.find(({ name }) => name === service) ?? iam;
  return xml(error.status, named.failure(error, requestId));
}

const xml = (status: number, text: string): HttpReply => ({
  status,
  headers: { "Content-Type": "text/xml" },
  content: Buffer.from(text),
});
