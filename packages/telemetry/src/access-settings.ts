import { setting, type Setting, type SettingsProblem } from "./settings.ts";

/** Access is who may call a process's gRPC port. */
export interface Access {
  /** Bearer token that callers show; undefined: nobody is asked, which is possible on loopback only. */
  readonly token: string | undefined;
  readonly problems: readonly SettingsProblem[];
}

/** readAccess reads TOLLGATE_AUTH and TOLLGATE_TOKEN, the same way for every process that is called. */
export function readAccess(read: <T>(name: string, kind: Setting<T>) => T, host: string): Access {
  const token = read("TOLLGATE_TOKEN", setting.optionalText());
  const auth = read("TOLLGATE_AUTH", setting.oneOf(["iam", "none"], "iam"));
  const loopback = /^(127\.|localhost$|::1$)/.test(host);
  if (auth === "none" && !loopback) {
    const message = `is none, which is allowed only on loopback, but TOLLGATE_BIND is ${host}`;
    return { token, problems: [{ name: "TOLLGATE_AUTH", message }] };
  }
  if (auth === "iam" && !token) {
    const message =
      "is not set: with TOLLGATE_AUTH=iam operators and nodes show this bearer token (or set TOLLGATE_AUTH=none on loopback)";
    return { token, problems: [{ name: "TOLLGATE_TOKEN", message }] };
  }
  return { token: auth === "none" ? undefined : token, problems: [] };
}
