import type { ApplicationPort, IdentityPort } from "@tollgate/aws-api";
import type { Application } from "../application.ts";
import type { Sessions } from "../identity/sessions.ts";
import type { CallRate } from "./call-rate.ts";

/** AdapterContext is shared by all calls. */
export interface AdapterContext {
  readonly application: Application;
  readonly port: ApplicationPort;
  readonly identities: IdentityPort;
  readonly sessions: Sessions;
  /** Whether callers must sign. If not, every caller is accepted, which is possible on loopback only. */
  readonly isSigned: boolean;
  readonly region: string;
  readonly rate: CallRate;
}
