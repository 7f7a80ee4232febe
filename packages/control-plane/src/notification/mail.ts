import { isLoopback } from "@tollgate/telemetry";
import type { MailSettings } from "./mail-settings.ts";
import { NotSent } from "./send-http.ts";

export interface Mail {
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const TIMEOUT_MS = 10_000;

/** sendMail gives a mail to the server of the settings; throws a NotSent unless that took it. */
export async function sendMail({ server, from, allowsClear }: MailSettings, mail: Mail): Promise<void> {
  if (!server || from === undefined)
    throw new NotSent("no mail can be sent: set TOLLGATE_SMTP_URL and TOLLGATE_SMTP_FROM");
  // Most control planes send none.
  const { createTransport } = await import("nodemailer");
  const url = new URL(server.current());
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const transport = createTransport({
    host,
    port: Number(url.port || (url.protocol === "smtps:" ? 465 : 587)),
    secure: url.protocol === "smtps:",
    // Whoever is between this machine and the server could hide that it offers TLS.
    requireTLS: url.password !== "" && !allowsClear && !isLoopback(host),
    ...(url.username === ""
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...mail.to],
      subject: mail.subject,
      text: mail.text,
      // A mail that is sent again has the same id: mailboxes show it once.
      messageId: `<${mail.id}@tollgate>`,
    });
  } catch (error) {
    throw new NotSent(
      `the mail server ${url.host} refused a mail or cannot be reached: ${(error as Error).message}`,
    );
  } finally {
    transport.close();
  }
}
