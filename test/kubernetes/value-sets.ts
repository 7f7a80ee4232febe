import { fileURLToPath } from "node:url";

const caseOf = (name: string) => [
  "-f",
  fileURLToPath(new URL(`../helm/cases/${name}.values.yaml`, import.meta.url)),
];
const minimalWith = (...values: readonly string[]) => [
  ...caseOf("minimal"),
  ...values.flatMap((value) => ["--set-json", value]),
];

/** Values with which the chart is installed, as helm's arguments. */
export const valueSets: Readonly<Record<string, readonly string[]>> = {
  minimal: caseOf("minimal"),
  full: caseOf("full"),
  groups: caseOf("groups"),
  "one-of-each": minimalWith(
    "controlPlane.replicas=1",
    "metering.replicas=1",
    'dataPlane={"replicas":1,"autoscaling":{"enabled":false}}',
  ),
  volumes: minimalWith(
    "controlPlane.persistence.enabled=true",
    'dataPlane={"persistence":{"enabled":true,"size":"20Gi"}}',
    "metering.persistence.enabled=true",
  ),
  "load-balancer": minimalWith(
    'dataPlane={"http":"redirect","service":{"type":"LoadBalancer","externalTrafficPolicy":"Local"}}',
  ),
  gateway: minimalWith(
    'dataPlane.route={"enabled":true,"parentRefs":[{"name":"public"}],"hostnames":["*.example.com"]}',
    'dataPlane.ingress={"enabled":true,"hosts":["apis.example.com"]}',
  ),
  "own-authority": minimalWith(
    "tls.certManager.enabled=true",
    "monitoring.podMonitor.enabled=true",
    'networkPolicy.egress={"metering":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8"}}]}]}',
  ),
};
