import type { Served } from "@tollgate/aws-api";
import type { AdapterContext } from "./adapter-context.ts";
import { CallHost } from "./call-host.ts";
import { endpointOf } from "./endpoints.ts";
import type { HttpCall } from "./http-call.ts";

/** serveCall serves a request whose body has been read. The record of the call is written before the response is sent. */
export async function serveCall(context: AdapterContext, request: HttpCall): Promise<Served> {
  const { audit } = context.application;
  const { endpoint, refusal } = endpointOf(request);
  const event = audit.open();
  const host = new CallHost(context, request, event);
  if (refusal) return endpoint.refuse(refusal, request, host);
  const served = await audit.within(event, () => endpoint.serve(request, host));
  try {
    await host.end(served.error);
    return served;
  } catch (error) {
    served.response.stream?.leave();
    return served.error ? served : endpoint.refuse(error, request, host);
  }
}
