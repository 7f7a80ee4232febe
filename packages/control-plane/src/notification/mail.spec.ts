import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { givenSecret, parseSettings } from "@tollgate/telemetry";
import { sendMail } from "./mail.ts";
import { readMail } from "./mail-settings.ts";

interface Received {
  readonly user: string;
  readonly to: readonly string[];
  readonly text: string;
}

const received: Received[] = [];
const logins: string[] = [];
const server = new SMTPServer({
  hideSTARTTLS: true,
  allowInsecureAuth: true,
  onAuth({ username = "", password }, _session, done) {
    logins.push(username);
    if (password === "p@ss") done(null, { user: username });
    else done(new Error("wrong password"));
  },
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      received.push({
        user: String(session.user),
        to: session.envelope.rcptTo.map(({ address }) => address),
        text: Buffer.concat(chunks).toString(),
      });
      done();
    });
  },
});
let port = 0;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  ({ port } = server.server.address() as AddressInfo);
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const mail = {
  id: "n1",
  to: ["oncall@example.com", "ops@example.com"],
  subject: "ALARM: errors",
  text: "too many errors\n",
};
const settings = (url: string) => ({
  server: givenSecret(url),
  from: "tollgate@example.com",
  allowsClear: false,
});

it("gives a mail to a server", async () => {
  await sendMail(settings(`smtp://me%40x:p%40ss@127.0.0.1:${port}`), mail);
  expect(received).toMatchObject([{ user: "me@x", to: mail.to }]);
  const { text = "" } = received[0] ?? {};
  expect(text).toContain("Subject: ALARM: errors");
  expect(text).toContain("From: tollgate@example.com");
  expect(text).toContain("Message-ID: <n1@tollgate>");
  expect(text).toContain("too many errors");
});

it.each([
  [
    "a wrong password",
    () => settings(`smtp://me:wrong@127.0.0.1:${port}`),
    "refused a mail or cannot be reached",
  ],
  [
    "no server",
    () => ({ server: undefined, from: undefined, allowsClear: false }),
    "set TOLLGATE_SMTP_URL and TOLLGATE_SMTP_FROM",
  ],
])("says why it cannot: %s", async (_what, of, message) => {
  await expect(sendMail(of(), mail)).rejects.toThrow(message);
});

it("has no headers or receivers by the name of an alarm", async () => {
  received.length = 0;
  const subject = `ALARM: "x\r\nBcc: spy@example.com\r\n\r\nbody" in us-east-1`;
  await sendMail(settings(`smtp://me:p%40ss@127.0.0.1:${port}`), { ...mail, subject });
  expect(received.map(({ to }) => to)).toEqual([mail.to]);
  expect(received[0]?.text).not.toMatch(/^Bcc:/im);
});

it("keeps its password back where the server, which is not on this machine, offers no TLS", async () => {
  received.length = 0;
  // Also this machine, but nothing says so.
  const url = `smtp://me:p%40ss@[::ffff:127.0.0.1]:${port}`;
  logins.length = 0;
  await expect(sendMail(settings(url), mail)).rejects.toThrow("refused a mail or cannot be reached");
  expect({ received, logins }).toEqual({ received: [], logins: [] });
  await sendMail({ ...settings(url), allowsClear: true }, mail);
  expect(received).toHaveLength(1);
});

it.each([
  [{ TOLLGATE_SMTP_URL: "mail.example.com", TOLLGATE_SMTP_FROM: "a@b" }, "it must be a URL, such as smtp://"],
  [{ TOLLGATE_SMTP_URL: "smtp://mail.example.com" }, "TOLLGATE_SMTP_FROM is required with TOLLGATE_SMTP_URL"],
  [{ TOLLGATE_SMTP_FROM: "nobody" }, "must be an address such as tollgate@example.com"],
])("refuses the settings %j", (env, message) => {
  const read = () =>
    parseSettings(env, (one) => {
      const { settings: value, problems } = readMail(one);
      return { value, problems };
    });
  expect(read).toThrow(message);
});
