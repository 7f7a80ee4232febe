import type { ApplicationPort } from "@tollgate/aws-api";
import type { Application } from "../application.ts";
import type { Principal } from "../identity/principal.ts";
import type { CallRate } from "./call-rate.ts";
import type { Sessions } from "../identity/sessions.ts";

/** FaceRequest is one call over HTTP, read whole. */
export interface FaceRequest {
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

export interface FaceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** FaceContext is what a face works with. */
export interface FaceContext {
  readonly application: Application;
  readonly port: ApplicationPort;
  readonly sessions: Sessions;
  /** Callers sign; otherwise anybody is taken, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly rate: CallRate;
}

/** Known is what a call turned out to be, as far as it got: what its record tells. */
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

/** Face is one of AWS's wire protocols. */
export interface Face {
  /** Takes notes in `known` as it goes, also of a call that fails; `begin` comes before anything is done. Refusals are thrown. */
  serve(request: FaceRequest, known: Known, begin: () => Promise<void>): Promise<FaceAnswer>;
  /** undefined: the error is none that a caller may see. */
  refusal(
    error: unknown,
    request: FaceRequest,
    known: Known,
  ): (FaceAnswer & { readonly code: string; readonly message: string }) | undefined;
  /** What a caller is told of an error that is ours. */
  failure(request: FaceRequest, known: Known): FaceAnswer;
}
