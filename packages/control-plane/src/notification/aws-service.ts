import { signRequest } from "@tollgate/iam";
import type { Upstreams } from "@tollgate/transport";
import { NotSent, sendHttp } from "./send-http.ts";

/** EndpointsOf finds what a service of a region is replaced by, as the account says; undefined: it says nothing. */
export type EndpointsOf = (
  service: string,
  region: string,
) => { readonly url: string; readonly profile?: string | undefined } | undefined;

type Ways = Pick<Upstreams, "transport" | "credentials" | "defaultServiceEndpoints">;

interface ServiceMessage {
  readonly service: string;
  readonly region: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Sends a signed request to a service; without credentials it goes unsigned, as local endpoints take it. */
async function send(ways: Ways, endpointsOf: EndpointsOf, message: ServiceMessage): Promise<void> {
  const { service, region, path, body } = message;
  const url = ways.defaultServiceEndpoints(service, region);
  const endpoint =
    endpointsOf(service, region) ?? (url === undefined ? undefined : { url, profile: undefined });
  if (!endpoint)
    throw new NotSent(
      `no endpoint of ${service} is known: apply a ServiceEndpoint '${service}.${region}', or set AWS_ENDPOINT_URL_${service.toUpperCase()}`,
    );
  const base = new URL(endpoint.url);
  const fullPath = base.pathname.replace(/\/$/, "") + path;
  const credentials = ways.credentials(endpoint.profile);
  const headers = [...message.headers];
  if (credentials)
    headers.push(
      ...signRequest(
        { method: "POST", path: fullPath, query: "", headers: [...headers, "Host", base.host], body },
        { credentials, region, service, unixMs: Date.now() },
      ),
    );
  await sendHttp(ways.transport, { url: new URL(fullPath, base), headers, body, isServiceCall: true });
}

/** publishToTopic publishes to an SNS topic (AWS: SNS API reference, Publish). */
export async function publishToTopic(
  ways: Ways,
  endpointsOf: EndpointsOf,
  { arn, id, subject, message }: Record<"arn" | "id" | "subject" | "message", string>,
): Promise<void> {
  const [, , , region = ""] = arn.split(":");
  const form = new URLSearchParams([
    ["Action", "Publish"],
    ["Version", "2010-03-31"],
    ["TopicArn", arn],
    ["Subject", subject],
    ["Message", message],
    ["MessageAttributes.entry.1.Name", "NotificationId"],
    ["MessageAttributes.entry.1.Value.DataType", "String"],
    ["MessageAttributes.entry.1.Value.StringValue", id],
    ...(arn.endsWith(".fifo")
      ? [
          ["MessageDeduplicationId", id],
          ["MessageGroupId", "alarms"],
        ]
      : []),
  ]);
  const body = Buffer.from(form.toString());
  const headers = ["Content-Type", "application/x-www-form-urlencoded"];
  await send(ways, endpointsOf, { service: "sns", region, path: "/", headers, body });
}

/** invokeLater invokes a function by an event, without waiting for it (AWS: Lambda API reference, Invoke). */
export async function invokeLater(
  ways: Ways,
  endpointsOf: EndpointsOf,
  { arn, event }: { readonly arn: string; readonly event: object },
): Promise<void> {
  const [, , , region = ""] = arn.split(":");
  const path = `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`;
  const headers = ["Content-Type", "application/json", "X-Amz-Invocation-Type", "Event"];
  await send(ways, endpointsOf, {
    service: "lambda",
    region,
    path,
    headers,
    body: Buffer.from(JSON.stringify(event)),
  });
}
