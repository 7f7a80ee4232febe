import type { ApplicationPort, IdentityPort } from "@tollgate/aws-api";
import type { Application } from "../application.ts";
import type { Principal } from "../identity/principal.ts";
import type { CallRate } from "./call-rate.ts";
import type { Sessions } from "../identity/sessions.ts";

/** HttpCall is one call over HTTP, read whole. */
export interface HttpCall {
  readonly requestId: string;
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly query: string;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly accept: string;
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** AdapterContext is what an adapter works with. */
export interface AdapterContext {
  readonly application: Application;
  readonly port: ApplicationPort;
  readonly identities: IdentityPort;
  readonly sessions: Sessions;
  /** Callers sign; otherwise anybody is taken, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly rate: CallRate;
}

/** Known is what a call turned out to be, as far as it got: what its record holds. */
export interface Known {
  /** Such as apigateway or iam. */
  service: string;
  operation: string;
  principal: Principal | undefined;
  /** Of who signed nothing and showed the token of an identity provider. */
  identity: { readonly accountId: string; readonly userIdentity: object } | undefined;
  accessKeyId: string;
  isReadOnly: boolean;
  parameters: unknown;
}

/** Adapter serves one of AWS's wire protocols. */
export interface Adapter {
  /** Takes notes in `known` as it goes, also of a call that fails; `begin` comes before anything is done. Refusals are thrown. */
  serve(request: HttpCall, known: Known, begin: () => Promise<void>): Promise<HttpReply>;
  /** undefined: a caller must not see the error. */
  refusal(
    error: unknown,
    request: HttpCall,
    known: Known,
  ): (HttpReply & { readonly code: string; readonly message: string }) | undefined;
  /** What a caller sees of an error that is ours. */
  failure(request: HttpCall, known: Known): HttpReply;
}
