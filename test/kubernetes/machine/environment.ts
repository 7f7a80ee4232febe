import type { ApiServer } from "./api.ts";
import type { Container, Pod, Variable } from "./pod-spec.ts";
import { contentOf } from "./volumes.ts";

/** What the fields of a pod are that variables may refer to. */
function fieldOf(pod: Pod, podIP: string, path: string): string {
  const { name, namespace, uid, labels = {} } = pod.metadata;
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": name,
    "metadata.namespace": namespace,
    "metadata.uid": uid,
    "spec.nodeName": pod.spec.nodeName,
    "status.podIP": podIP,
  };
  const label = /^metadata\.labels\['(.+)'\]$/.exec(path)?.[1];
  const value = label === undefined ? fields[path] : labels[label];
  if (value === undefined) throw new Error(`${path} is not a field of this pod`);
  return value;
}

async function valueOf(
  api: ApiServer,
  pod: Pod,
  podIP: string,
  variable: Variable,
): Promise<string | undefined> {
  const { secretKeyRef, configMapKeyRef, fieldRef } = variable.valueFrom ?? {};
  if (fieldRef) return fieldOf(pod, podIP, fieldRef.fieldPath);
  const ref = secretKeyRef ?? configMapKeyRef;
  if (!ref) return variable.value ?? "";
  const kind = secretKeyRef ? "secrets" : "configmaps";
  const value = (await contentOf(api, pod.metadata.namespace, kind, ref))?.get(ref.key);
  if (value === undefined && !ref.optional)
    throw new Error(`${variable.name}: ${kind} ${ref.name} has no key ${ref.key}`);
  return value?.toString();
}

/** The variables of a container, of which each may contain those before it as $(NAME); $$ is a dollar sign. */
export async function environmentOf(
  api: ApiServer,
  pod: Pod,
  container: Container,
  podIP: string,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  const expand = (text: string) =>
    text.replace(/\$\$|\$\(([\w.-]+)\)/g, (all, name: string | undefined) =>
      name === undefined ? "$" : (env[name] ?? all),
    );
  for (const variable of container.env ?? []) {
    const value = await valueOf(api, pod, podIP, variable);
    if (value !== undefined) env[variable.name] = variable.valueFrom ? value : expand(value);
  }
  return env;
}
