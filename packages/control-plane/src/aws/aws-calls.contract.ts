import { afterEach, beforeEach } from "vitest";
import type { Application } from "../application.ts";
import { createAccounts } from "../change/accounts.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { createApplicationPort } from "./application-port.ts";
import { CallRate } from "./call-rate.ts";
import { serveCall } from "./serve-call.ts";

/** A response: its status, its body, and the error's code of the header. */
export interface Answered {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- the shapes are AWS's
  readonly body: any;
  readonly code?: string;
}

/** useAwsCalls calls AWS's control APIs of an application in memory, which each test has for itself. */
export function useAwsCalls() {
  let application: (Application & AsyncDisposable) | undefined;
  let context: AdapterContext;
  beforeEach(async () => {
    application = await startMemoryApplication();
    context = {
      application,
      port: createApplicationPort(application),
      identities: createIdentities(createAccounts(application)),
      sessions: new Sessions(application),
      isSigned: false,
      region: "us-east-1",
      rate: new CallRate(),
    };
  });
  afterEach(() => application?.[Symbol.asyncDispose]());
  const call = async (line: string, body?: object): Promise<Answered> => {
    const [method = "", url = ""] = line.split(" ");
    const [path = "", query = ""] = url.split("?");
    const { response, error, bug } = await serveCall(context, {
      requestId: "request",
      method,
      path,
      query,
      headers: ["Host", "localhost"],
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      sourceIp: "127.0.0.1",
      userAgent: "spec",
    });
    if (bug !== undefined) throw bug;
    const text = response.body.toString();
    const { status } = response;
    return {
      status,
      body: text === "" ? undefined : JSON.parse(text),
      ...(error ? { code: error.code } : {}),
    };
  };
  return {
    call,
    /** The body of a successful response. */
    ok: async (line: string, body?: object) => {
      const answered = await call(line, body);
      if (answered.status >= 300)
        throw new Error(`${line}: ${answered.status} ${JSON.stringify(answered.body)}`);
      return answered.body;
    },
    get application(): Application {
      return application as Application;
    },
  };
}
