import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Authority, startAuthority } from "../../kit/certificate.ts";
import { EXTERNAL } from "./servers.ts";

export const RELEASE = "release";
export const OPERATOR = "operators-token-0123456789";

/** A set of values, and the Secrets that it names: what an operator has made before the installation. */
export interface ValueSet {
  readonly values: object;
  /** Names and contents. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files with which clients connect; absent: without TLS. */
  readonly tls?: { readonly authority: string; readonly certificate: string; readonly key: string };
}

/** One worker each: the machine of a test is small. */
const common = {
  external: {
    etcd: [EXTERNAL.etcd],
    kafka: [EXTERNAL.kafka],
    database: { url: EXTERNAL.postgres },
    redis: EXTERNAL.redis,
  },
  dataPlane: { replicas: 2, workers: 1, autoscaling: { enabled: false } },
};

const pair = (authority: Authority, { certificate, key }: { certificate: string; key: string }) => ({
  "tls.crt": readFileSync(certificate, "utf8"),
  "tls.key": readFileSync(key, "utf8"),
  "ca.crt": readFileSync(authority.file, "utf8"),
});

const namesOf = (component: string, namespace: string) => {
  const name = `${RELEASE}-tollgate-${component}`;
  return `DNS:${name},DNS:${name}.${namespace},DNS:${name}.${namespace}.svc`;
};

/** Everything with TLS, secrets of the operator's own, volumes for nodes, and a password of the database that only a Secret has. */
async function secureSet(namespace: string, scope: AsyncDisposableStack): Promise<ValueSet> {
  const authority = scope.use(await startAuthority());
  const components = ["control-plane", "metering", "data-plane"];
  const allNames = components.map((component) => namesOf(component, namespace)).join(",");
  const grpc = await authority.issue("tollgate", "admin", `${allNames},DNS:localhost,IP:127.0.0.1`);
  const callers = await authority.issue("callers", "none", namesOf("data-plane", namespace));
  const control = await authority.issue("control", "none", namesOf("control-plane", namespace));
  const client = await authority.issue("operator", "admin");
  const node = "nodes-token-0123456789";
  return {
    values: {
      ...common,
      external: { ...common.external, database: { existingSecret: "database" } },
      auth: { existingSecret: "tokens" },
      tls: { secretName: "grpc" },
      controlPlane: { httpTls: { secretName: "control" } },
      dataPlane: {
        ...common.dataPlane,
        https: { secretName: "callers" },
        persistence: { enabled: true, size: "5Gi" },
      },
    },
    secrets: {
      database: { url: EXTERNAL.postgres },
      grpc: pair(authority, grpc),
      callers: pair(authority, callers),
      control: pair(authority, control),
      tokens: {
        token: OPERATOR,
        "node-token": node,
        tokens: `node/data-plane:${node}`,
        "secrets-key": randomBytes(32).toString("base64"),
      },
    },
    tls: { authority: authority.file, ...client },
  };
}

/** Sets by the names of their namespaces. What they make on the disk goes with the scope. */
export const valueSets: Readonly<
  Record<string, (namespace: string, scope: AsyncDisposableStack) => ValueSet | Promise<ValueSet>>
> = {
  plain: () => ({ values: { ...common, auth: { token: OPERATOR } }, secrets: {} }),
  tls: secureSet,
};
