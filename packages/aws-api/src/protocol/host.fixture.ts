import type { AwsError } from "../aws-error.ts";
import type { Call, Host, ServiceHead, WireRequest } from "./endpoint.ts";

export const CALLER = {
  accountId: "123456789012",
  arn: "arn:aws:iam::123456789012:user/ada",
  userId: "AIDA",
  userName: "ada",
};

/** RecordingHost knows one caller, allows everything, and records its calls. */
export class RecordingHost implements Host {
  readonly region = "eu-west-1";
  /** Not used by the operations of these services. */
  readonly application = undefined as never;
  readonly identities = undefined as never;
  readonly sessions = undefined as never;
  readonly calls: Call[] = [];
  readonly begun: object[] = [];
  /** Thrown when the caller is identified. */
  unidentified: Error | undefined;
  /** Thrown when an operation is authorized. */
  forbidden: Error | undefined;
  /** The error to which errors of the application are mapped. */
  refused: AwsError | undefined;

  identify(_service: ServiceHead) {
    if (this.unidentified) throw this.unidentified;
    return CALLER;
  }

  admit(call: Call): void {
    this.calls.push(call);
    if (this.forbidden) throw this.forbidden;
  }

  async begin(parameters: object): Promise<void> {
    this.begun.push(parameters);
  }

  refusal(_error: unknown): AwsError | undefined {
    return this.refused;
  }
}

/** wireRequest creates a request whose body is a string. */
export const wireRequest = ({
  body = "",
  ...head
}: Partial<Omit<WireRequest, "body">> & { readonly body?: string }): WireRequest => ({
  requestId: "request-1",
  method: "POST",
  path: "/",
  query: "",
  headers: [],
  ...head,
  body: Buffer.from(body),
});
