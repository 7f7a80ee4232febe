import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Read, type SettingsProblem, setting } from "@tollgate/telemetry";

/** Where Kubernetes puts the credentials of a pod's service account: token, ca.crt, namespace. */
const CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount";
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ACCOUNT = /^\d{12}$/;
const ANY = "*";

/** KubernetesSettings are what the controller is started with. */
export interface KubernetesSettings {
  /** https URL of the API server. */
  readonly server: string;
  /** Folder with `token` and `ca.crt`, which are read again when they change. */
  readonly credentials: string;
  /** Where objects are looked for; undefined: in all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  /** Whether Secrets are read: those with manifests, and those that manifests refer to. */
  readonly readsSecrets: boolean;
  /** The accounts to which objects of a namespace may be applied, the first of which is meant where an object names none. */
  readonly accountsOf: (namespace: string) => readonly string[];
  /** What the controller may write. */
  readonly role: "deployer" | "admin";
  readonly lease: { readonly namespace: string; readonly name: string };
}

type Read_<T> = { readonly value: T; readonly problems: readonly SettingsProblem[] };

/** Accounts by namespace, of which * stands for those that are not named. */
function readAccounts(read: Read): Read_<KubernetesSettings["accountsOf"]> & { readonly isGiven: boolean } {
  const name = "TOLLGATE_KUBERNETES_ACCOUNTS";
  const accounts = new Map<string, string[]>();
  const problems: SettingsProblem[] = [];
  for (const entry of read(name, setting.list())) {
    const [namespace = "", account = "", ...rest] = entry.split("=");
    if (rest.length > 0 || !ACCOUNT.test(account) || !(namespace === ANY || NAMESPACE.test(namespace)))
      problems.push({
        name,
        message: `'${entry}' must be a namespace, or *, and an account, such as shop=111111111111`,
      });
    accounts.set(namespace, [...(accounts.get(namespace) ?? []), account]);
  }
  const isGiven = accounts.size > 0;
  if (!isGiven) accounts.set(ANY, ["000000000000"]);
  return { value: (namespace) => accounts.get(namespace) ?? accounts.get(ANY) ?? [], problems, isGiven };
}

/** The namespace of this pod; undefined: it is not one. */
function ownNamespace(credentials: string): string | undefined {
  try {
    return readFileSync(join(credentials, "namespace"), "utf8").trim();
  } catch {
    return undefined;
  }
}

function readNamespaces(read: Read, own: string | undefined): Read_<readonly string[] | undefined> {
  const name = "TOLLGATE_KUBERNETES_NAMESPACES";
  const given = read(name, setting.list());
  if (given.includes(ANY)) return { value: undefined, problems: [] };
  const value = given.length > 0 ? given : own === undefined ? [] : [own];
  const wrong = value.filter((namespace) => !NAMESPACE.test(namespace));
  if (value.length === 0)
    return { value, problems: [{ name, message: "must be namespaces, or * for all of them" }] };
  const problems = wrong.map((one) => ({ name, message: `'${one}' must be the name of a namespace, or *` }));
  return { value, problems };
}

const serverOf = (env: NodeJS.ProcessEnv): string | undefined => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (!host) return undefined;
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
};

/** readKubernetes reads the settings of the controller; undefined: it is off. */
export function readKubernetes(
  env: NodeJS.ProcessEnv,
  read: Read,
): {
  readonly settings: KubernetesSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const isOn = read("TOLLGATE_KUBERNETES", setting.oneOf(["off", "on"], "off")) === "on";
  const credentials = read("TOLLGATE_KUBERNETES_CREDENTIALS", setting.text(CREDENTIALS));
  const server = read("TOLLGATE_KUBERNETES_API", setting.url()) ?? serverOf(env);
  const accounts = readAccounts(read);
  const readsSecrets = read("TOLLGATE_KUBERNETES_SECRETS", setting.oneOf(["on", "off"], "on")) === "on";
  const role = read("TOLLGATE_KUBERNETES_ROLE", setting.oneOf(["deployer", "admin"], "deployer"));
  const lease = read("TOLLGATE_KUBERNETES_LEASE", setting.text("tollgate-controller"));
  if (!isOn) return { settings: undefined, problems: accounts.problems };
  const own = ownNamespace(credentials);
  const namespaces = readNamespaces(read, own);
  const leaseNamespace = own ?? namespaces.value?.[0] ?? "default";
  const problems = [...accounts.problems, ...namespaces.problems];
  if (namespaces.value === undefined && !accounts.isGiven)
    problems.push({
      name: "TOLLGATE_KUBERNETES_ACCOUNTS",
      message:
        "must say which namespaces have an account, such as *=000000000000, where objects of all namespaces are looked for: whoever may write a ConfigMap anywhere could change it",
    });
  if (server === undefined)
    problems.push({
      name: "TOLLGATE_KUBERNETES_API",
      message: "must be the URL of the API server, such as https://10.96.0.1, outside of its pods",
    });
  return {
    settings: {
      server: server ?? "",
      credentials,
      namespaces: namespaces.value,
      readsSecrets,
      accountsOf: accounts.value,
      role,
      lease: { namespace: leaseNamespace, name: lease },
    },
    problems,
  };
}
