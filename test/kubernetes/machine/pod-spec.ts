import type { ApiObject, Meta } from "./api.ts";

export interface HttpGet {
  readonly path: string;
  readonly port: number | string;
  readonly scheme?: "HTTP" | "HTTPS";
  readonly host?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

export interface Probe {
  readonly httpGet?: HttpGet;
  readonly tcpSocket?: { readonly port: number | string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

export interface Handler {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: HttpGet;
  readonly sleep?: { readonly seconds: number };
}

export interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: KeyRef;
    readonly configMapKeyRef?: KeyRef;
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly Mount[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: Handler };
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

export interface Item {
  readonly key: string;
  readonly path: string;
}

export interface SecretSource {
  readonly secretName?: string;
  readonly name?: string;
  readonly items?: readonly Item[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly secret?: SecretSource;
  readonly configMap?: SecretSource;
  readonly projected?: {
    readonly defaultMode?: number;
    readonly sources: readonly { readonly secret?: SecretSource; readonly configMap?: SecretSource }[];
  };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

export interface PodSecurity {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
}

export interface Pod extends ApiObject {
  readonly metadata: Meta & { readonly namespace: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly restartPolicy?: "Always" | "OnFailure" | "Never";
    readonly terminationGracePeriodSeconds?: number;
    readonly securityContext?: PodSecurity;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
  readonly status?: { readonly phase?: string };
}

const ACTED_ON = new Set([
  "name",
  "image",
  "command",
  "args",
  "env",
  "ports",
  "volumeMounts",
  "lifecycle",
  "securityContext",
  "startupProbe",
  "livenessProbe",
  "readinessProbe",
  // No machine of one user measures these, and images are at hand.
  "resources",
  "imagePullPolicy",
  "terminationMessagePath",
  "terminationMessagePolicy",
]);

/** refuseUnknown throws where a container asks for what this machine does not do. */
export function refuseUnknown({ spec }: Pod): void {
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    for (const [member, value] of Object.entries(container))
      if (!ACTED_ON.has(member) && value !== undefined)
        throw new Error(`container ${container.name}: ${member} is not one of what this machine does`);
}

/** The number of a port that a container has under a name. */
export function portOf(container: Container, port: number | string): number {
  if (typeof port === "number") return port;
  const found = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (found === undefined) throw new Error(`container ${container.name} has no port ${port}`);
  return found;
}
