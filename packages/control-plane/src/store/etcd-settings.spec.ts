import { describe, expect, it } from "vitest";
import { parseSettings } from "@tollgate/telemetry";
import { readEtcd } from "./etcd-settings.ts";

const etcdOf = (env: Record<string, string>) =>
  parseSettings(env, (read) => {
    const { settings: value, problems } = readEtcd(read);
    return { value, problems };
  });

describe("the connection to etcd", () => {
  it("is plaintext without a login unless something is set", () => {
    expect(etcdOf({ TOLLGATE_ETCD: "http://a:1,http://b:2" })).toEqual({
      hosts: ["http://a:1", "http://b:2"],
      prefix: "/tollgate",
      tls: undefined,
      login: undefined,
      historyMs: 3_600_000,
      quotaBytes: 2_147_483_648,
    });
  });

  it("can have TLS with a client certificate, a login, a prefix and limits", () => {
    expect(
      etcdOf({
        TOLLGATE_ETCD: "https://etcd.acme:2379",
        TOLLGATE_ETCD_PREFIX: "/acme/tollgate",
        TOLLGATE_ETCD_CA: "ca.pem",
        TOLLGATE_ETCD_CERT: "tls.crt",
        TOLLGATE_ETCD_KEY: "tls.key",
        TOLLGATE_ETCD_USERNAME: "tollgate",
        TOLLGATE_ETCD_PASSWORD: "secret",
        TOLLGATE_ETCD_HISTORY_MINUTES: "0",
        TOLLGATE_ETCD_QUOTA_MB: "8192",
      }),
    ).toEqual({
      hosts: ["https://etcd.acme:2379"],
      prefix: "/acme/tollgate",
      tls: { authorities: "ca.pem", certificate: "tls.crt", key: "tls.key" },
      login: { username: "tollgate", password: expect.objectContaining({ file: undefined }) as object },
      historyMs: 0,
      quotaBytes: 8_589_934_592,
    });
  });

  it.each([
    [{ TOLLGATE_ETCD_PREFIX: "tollgate/" }, /TOLLGATE_ETCD_PREFIX 'tollgate\/' must begin with a slash/],
    [{ TOLLGATE_ETCD_USERNAME: "u" }, /TOLLGATE_ETCD_PASSWORD_FILE must be set together/],
    [
      { TOLLGATE_ETCD_USERNAME: "u", TOLLGATE_ETCD_PASSWORD_FILE: "/does/not/exist" },
      /TOLLGATE_ETCD_PASSWORD_FILE .* cannot be used: ENOENT/,
    ],
    [{ TOLLGATE_ETCD_KEY: "k" }, /TOLLGATE_ETCD_CERT and TOLLGATE_ETCD_KEY must be set together/],
    [{ TOLLGATE_ETCD_CERT: "c", TOLLGATE_ETCD_KEY: "k" }, /TOLLGATE_ETCD_CA is not set/],
    [{ TOLLGATE_ETCD: "https://10.0.0.7:2379" }, /contains https:\/\/10.0.0.7:2379: with https it must/],
    [{ TOLLGATE_ETCD: "http://a:1", TOLLGATE_ETCD_CA: "ca" }, /must be URLs that begin with https:\/\//],
  ])("refuses %j", (env, message) => {
    expect(() => etcdOf(env)).toThrow(message);
  });
});
