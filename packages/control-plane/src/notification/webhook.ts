import { createHmac } from "node:crypto";
import type { Transport } from "@tollgate/pipeline";
import { sendHttp } from "./send-http.ts";

/** signatureHeader proves to a receiver who sent a body, and when: t={seconds since 1970},v1={HMAC-SHA256 of "{t}.{body}" in hex}. */
export function signatureHeader(secret: string, unixS: number, body: Buffer): string {
  const digest = createHmac("sha256", secret).update(`${unixS}.`).update(body).digest("hex");
  return `t=${unixS},v1=${digest}`;
}

export interface Webhook {
  readonly url: string;
  readonly secret?: string | undefined;
}

/** postWebhook sends JSON to a webhook, signed with its secret. */
export async function postWebhook(
  transport: Transport,
  { url, secret = "" }: Webhook,
  { id, content, nowMs }: { readonly id: string; readonly content: object; readonly nowMs: number },
): Promise<void> {
  const body = Buffer.from(JSON.stringify(content));
  await sendHttp(transport, {
    url: new URL(url),
    headers: [
      "Content-Type",
      "application/json",
      "User-Agent",
      "Tollgate",
      "Tollgate-Notification-Id",
      id,
      "Tollgate-Signature",
      signatureHeader(secret, Math.floor(nowMs / 1_000), body),
    ],
    body,
    isServiceCall: false,
  });
}
