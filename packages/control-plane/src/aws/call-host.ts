import type {
  ApplicationPort,
  AssumeRoleRequest,
  Call,
  Host,
  IdentityPort,
  ServiceHead,
  SessionsPort,
  WebIdentityRequest,
} from "@tollgate/aws-api";
import type { AuditEvent } from "../audit/audit-log.ts";
import { type AuditedCall, identityOfPrincipal } from "../audit/audit-record.ts";
import { accountOf } from "../config/wire.ts";
import type { Principal } from "../identity/principal.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { authenticate, authorize, checkAccount } from "./authenticate.ts";
import type { HttpCall } from "./http-call.ts";
import { toAwsError } from "./refused.ts";

/** CallHost identifies and authorizes the caller of one call, and writes the record of the call. */
export class CallHost implements Host {
  readonly #context: AdapterContext;
  readonly #request: HttpCall;
  readonly #event: AuditEvent;
  #principal: Principal | undefined;
  #accessKeyId = "";
  /** The ARN of a caller that did not sign but sent the token of an identity provider. */
  #webIdentity: { readonly accountId: string; readonly userIdentity: object } | undefined;
  #call: Omit<Call, "caller" | "intent"> | undefined;

  constructor(context: AdapterContext, request: HttpCall, event: AuditEvent) {
    this.#context = context;
    this.#request = request;
    this.#event = event;
  }

  get region(): string {
    return this.#context.region;
  }

  get application(): ApplicationPort {
    return this.#context.port;
  }

  get identities(): IdentityPort {
    return this.#context.identities;
  }

  get sessions(): SessionsPort {
    const { sessions } = this.#context;
    return {
      assumeRole: (given: AssumeRoleRequest) => sessions.ofRole(this.#principal as Principal, given),
      assumeRoleWithWebIdentity: async (given: WebIdentityRequest) => {
        const issued = await sessions.ofWebIdentity(given);
        const { arn, subject, provider } = issued;
        this.#webIdentity = {
          accountId: arn.split(":")[4] ?? "",
          userIdentity: {
            type: "WebIdentityUser",
            principalId: `${provider}:${subject}`,
            userName: subject,
          },
        };
        return issued;
      },
      sessionToken: (durationS) => sessions.ofCaller(this.#principal as Principal, durationS),
    };
  }

  identify({ signingName }: ServiceHead): Principal {
    const identified = authenticate(this.#context, this.#request, signingName);
    this.#principal = identified.principal;
    this.#accessKeyId = identified.accessKeyId;
    return identified.principal;
  }

  admit({ intent, caller, ...call }: Call): void {
    this.#call = call;
    const principal = caller && this.#principal;
    if (!principal) return;
    const { isSigned, region } = this.#context;
    const { sourceIp } = this.#request;
    for (let needed = isSigned ? intent?.() : undefined; needed; needed = needed.and)
      authorize(principal, { action: needed.action, resource: needed.resource, region, sourceIp });
    checkAccount(this.#context, principal, call.isReadOnly);
  }

  async begin(parameters: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#call) this.#call = { ...this.#call, parameters };
    const record = this.#record();
    if (record) await this.#event.begin(record);
  }

  refusal(error: unknown, { name }: ServiceHead) {
    return toAwsError(error, name);
  }

  /** end records the outcome of the call. */
  async end(error: { readonly code: string; readonly message: string } | undefined): Promise<void> {
    const record = this.#record();
    if (record) await this.#event.end(record, error);
  }

  /** Calls of unknown callers are not recorded, because anyone could fill the log. */
  #record(): AuditedCall | undefined {
    const principal = this.#principal;
    if (!this.#call || (!principal && !this.#webIdentity)) return undefined;
    const { service, operation, isReadOnly, parameters } = this.#call;
    const { sourceIp, userAgent, requestId } = this.#request;
    return {
      accountId: principal?.accountId ?? this.#webIdentity?.accountId ?? accountOf(""),
      eventSource: `${service.auditName ?? service.name}.amazonaws.com`,
      eventName: operation,
      userIdentity: principal
        ? identityOfPrincipal(principal, this.#accessKeyId)
        : (this.#webIdentity?.userIdentity ?? {}),
      sourceIpAddress: sourceIp,
      userAgent,
      region: this.#context.region,
      isReadOnly,
      parameters,
      requestId,
    };
  }
}
