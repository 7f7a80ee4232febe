import {
  allowsClear,
  type Read,
  readSecret,
  type Secret,
  type SettingsProblem,
  setting,
} from "@tollgate/telemetry";

export interface MailSettings {
  /** smtp:// or smtps:// URL, which may have a user and a password; undefined: no mail can be sent. */
  readonly server: Secret | undefined;
  /** The address that mails are from. */
  readonly from: string | undefined;
  /** The password may go over the network in the clear, to a server that does not offer TLS. */
  readonly allowsClear: boolean;
}

/** The URL may contain a password, so it is not part of the message. */
const urlProblem = (text: string): string | undefined =>
  /^smtps?:\/\/[^/]/.test(text) && URL.canParse(text)
    ? undefined
    : "it must be a URL, such as smtp://user:password@mail.example.com:587 or smtps://mail.example.com";

/** readMail reads TOLLGATE_SMTP_URL (or TOLLGATE_SMTP_URL_FILE) and TOLLGATE_SMTP_FROM. */
export function readMail(read: Read): {
  readonly settings: MailSettings;
  readonly problems: readonly SettingsProblem[];
} {
  const { secret: server, problems } = readSecret(read, "TOLLGATE_SMTP_URL", urlProblem);
  const from = read("TOLLGATE_SMTP_FROM", setting.optionalText());
  const isMissing = server !== undefined && from === undefined;
  const isAddress = from === undefined || /^[^@\s<>]+@[^@\s<>]+$/.test(from);
  return {
    settings: { server, from, allowsClear: allowsClear(read) },
    problems: [
      ...problems,
      ...(isMissing
        ? [
            {
              name: "TOLLGATE_SMTP_FROM",
              message: "is required with TOLLGATE_SMTP_URL: the address that mails are from",
            },
          ]
        : []),
      ...(isAddress
        ? []
        : [
            {
              name: "TOLLGATE_SMTP_FROM",
              message: `is '${from}', but must be an address such as tollgate@example.com`,
            },
          ]),
    ],
  };
}
