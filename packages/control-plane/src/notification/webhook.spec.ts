import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import type { Transport, UpstreamRequest } from "@tollgate/pipeline";
import { postWebhook, signatureHeader } from "./webhook.ts";

const SECRET = "whsec_of-this-test";

/** A transport that responds with a status, or fails. */
function transportOf(outcome: number | "timeout" | "connect", sent: UpstreamRequest[] = []): Transport {
  return {
    send(request, handler) {
      sent.push(request);
      queueMicrotask(() => {
        if (typeof outcome === "string") return handler.onFailure(outcome, new Error(outcome));
        handler.onHead(outcome, "", []);
        handler.onEnd();
      });
      return { resume() {}, abort() {} };
    },
  };
}

const notice = { id: "n1", content: { state: "ALARM" }, nowMs: 1_700_000_000_900 };

it("signs the time and the body, as receivers verify them", async () => {
  const sent: UpstreamRequest[] = [];
  const url = "https://alerts.example.com/hook?team=pets";
  await postWebhook(transportOf(204, sent), { url, secret: SECRET }, notice);
  const [request] = sent;
  expect(request).toMatchObject({
    origin: "https://alerts.example.com",
    path: "/hook?team=pets",
    method: "POST",
    isServiceCall: false,
  });
  const headers = request?.headers ?? [];
  const signature = headers[headers.indexOf("Tollgate-Signature") + 1] ?? "";
  expect(headers[headers.indexOf("Tollgate-Notification-Id") + 1]).toBe("n1");
  const { t, v1 } = Object.fromEntries(signature.split(",").map((part) => part.split("=")));
  expect(t).toBe("1700000000");
  expect(v1).toBe(createHmac("sha256", SECRET).update(`${t}.${request?.body?.toString()}`).digest("hex"));
  expect(JSON.parse(request?.body?.toString() ?? "")).toEqual({ state: "ALARM" });
});

it("has another signature for another body, time or secret", () => {
  const body = Buffer.from("a");
  const all = [
    signatureHeader(SECRET, 1, body),
    signatureHeader(SECRET, 2, body),
    signatureHeader(SECRET, 1, Buffer.from("b")),
    signatureHeader("another", 1, body),
  ];
  expect(new Set(all).size).toBe(4);
});

it.each([
  [500, "https://alerts.example.com responded with status 500"],
  [302, "https://alerts.example.com responded with status 302"],
  ["timeout", "https://alerts.example.com did not respond in 10 seconds"],
  ["connect", "https://alerts.example.com cannot be connected to, or TOLLGATE_EGRESS does not allow it"],
] as const)("a response of %s is a failure", async (outcome, message) => {
  const sending = postWebhook(
    transportOf(outcome),
    { url: "https://alerts.example.com", secret: SECRET },
    notice,
  );
  await expect(sending).rejects.toThrow(message);
});
