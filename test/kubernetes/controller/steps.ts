import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../kit/certificate.ts";
import { stageUrl } from "../../kit/cluster.ts";
import { until } from "../../kit/process.ts";
import { mock } from "../../kit/rest-api.ts";
import { type Place, STORE_ACCOUNT } from "./place.ts";

/** A REST API that responds with a text, deployed to the stage prod whenever it changes. */
export const restApi = (id: string, text: string): readonly object[] => [
  { kind: "RestApi", id, spec: { name: id } },
  { kind: "Resource", restApiId: id, id: "root", spec: { path: "/", methods: { GET: mock(text) } } },
  { kind: "Stage", restApiId: id, id: "prod", spec: { autoDeploy: true } },
];

function check(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/** Waits until a node responds with a text; undefined: until there is no such API. */
async function served({ cluster }: Place, id: string, text: string | undefined): Promise<void> {
  const node = cluster.nodes[0];
  if (!node) throw new Error("there is no node");
  let last = "";
  await until(
    () => `${id} does not respond with ${text}, but with ${last}`,
    async () => {
      const response = await fetch(`${stageUrl(node, id, "prod")}/`);
      last = `${response.status} ${await response.text()}`;
      return text === undefined ? !last.startsWith("200") : last === `200 ${text}`;
    },
  );
}

const entity = async ({ cluster }: Place, kind: string, id: string, accountId = "", apiId = "") =>
  cluster.config.get({ accountId, kind, apiId, id }).then(
    ({ entity: found }) => found,
    () => undefined,
  );

async function isServed(place: Place): Promise<void> {
  await place.shop.put("TollgateConfig", "first", { spec: { manifests: restApi("first00001", "one") } });
  const status = await place.shop.ready("TollgateConfig", "first");
  check(status.revision > 0 && status.entities === 3, JSON.stringify(status));
  check(status.nodes.applied === 1 && status.nodes.total === 1, JSON.stringify(status.nodes));
  await served(place, "first00001", "one");
  await place.shop.put("TollgateConfig", "first", { spec: { manifests: restApi("first00001", "two") } });
  await served(place, "first00001", "two");
}

async function isRefused(place: Place): Promise<void> {
  const before = await place.shop.ready("TollgateConfig", "first");
  const wrong = [{ kind: "RestApi", id: "wrong00001", spec: { nam: "x" } }, ...restApi("wrong00002", "x")];
  await place.shop.put("TollgateConfig", "wrong", { spec: { manifests: wrong } });
  const { problems, conditions, revision } = await place.shop.condition(
    "TollgateConfig",
    "wrong",
    "Applied",
    "Invalid",
  );
  check(
    problems.some(({ path }) => path === "RestApi/wrong00001.name"),
    JSON.stringify(problems),
  );
  check(
    conditions.some(({ type, status }) => type === "Stalled" && status === "True"),
    "is not stalled",
  );
  check(revision === 0 && !(await entity(place, "RestApi", "wrong00002")), "something was stored");
  // What was right stays, when an object becomes wrong.
  await place.shop.put("TollgateConfig", "first", { spec: { manifests: wrong } });
  const after = await place.shop.condition("TollgateConfig", "first", "Applied", "Invalid");
  check(after.revision === before.revision || after.revision > 0, JSON.stringify(after));
  await served(place, "first00001", "two");
  await place.shop.put("TollgateConfig", "first", { spec: { manifests: restApi("first00001", "two") } });
  await place.shop.ready("TollgateConfig", "first");
  await place.shop.remove("TollgateConfig", "wrong");
  await place.shop.gone("TollgateConfig", "wrong");
}

async function isOnlyTried(place: Place): Promise<void> {
  await place.shop.put("TollgateConfig", "tried", {
    spec: { dryRun: true, manifests: restApi("tried00001", "x") },
  });
  const { conditions } = await place.shop.condition("TollgateConfig", "tried", "Applied", "DryRun");
  check(conditions[0]?.message.includes("4 entities would be created") ?? false, JSON.stringify(conditions));
  check(!(await entity(place, "RestApi", "tried00001")), "it was written");
  await place.shop.remove("TollgateConfig", "tried");
  await place.shop.gone("TollgateConfig", "tried");
}

async function isTaken(place: Place): Promise<void> {
  await place.shop.put("TollgateConfig", "second", { spec: { manifests: restApi("first00001", "mine") } });
  const { problems } = await place.shop.condition("TollgateConfig", "second", "Applied", "Invalid");
  const said = "was applied by TollgateConfig first in the namespace shop";
  check(
    problems.every(({ message }) => message.startsWith(said)),
    JSON.stringify(problems),
  );
  await place.shop.remove("TollgateConfig", "second");
  await place.shop.gone("TollgateConfig", "second");
  await served(place, "first00001", "two");
}

async function isChangedBack(place: Place): Promise<void> {
  await place.cluster.apply([{ kind: "RestApi", id: "first00001", spec: { name: "by hand" } }]);
  await until("the name is still by hand", async () => {
    const { specJson = "{}" } = (await entity(place, "RestApi", "first00001")) ?? {};
    return (JSON.parse(specJson) as { name: string }).name === "first00001";
  });
  await place.shop.ready("TollgateConfig", "first");
}

async function otherObjects(place: Place): Promise<void> {
  const labels = { "tollgate.io/config": "true" };
  const text = JSON.stringify(restApi("config0001", "map"));
  await place.shop.put("ConfigMap", "apis", { data: { "apis.json": text } }, { labels });
  const secret = {
    "plans.yaml": Buffer.from("kind: UsagePlan\nid: gold\nspec: { name: gold }").toString("base64"),
  };
  await place.shop.put("Secret", "plans", { data: secret }, { labels });
  check((await place.shop.ready("ConfigMap", "apis")).entities === 3, "entities of the ConfigMap");
  check((await place.shop.ready("Secret", "plans")).entities === 1, "entities of the Secret");
  await served(place, "config0001", "map");
  // Without its label it is an object like any other.
  await place.shop.put("ConfigMap", "apis", {}, { labels: { "tollgate.io/config": null } });
  await served(place, "config0001", undefined);
  await place.shop.remove("ConfigMap", "apis");
  await place.shop.gone("ConfigMap", "apis");
  await place.shop.remove("Secret", "plans");
  await place.shop.gone("Secret", "plans");
  check(!(await entity(place, "UsagePlan", "gold")), "the plan is still there");
}

async function fromSecrets(place: Place): Promise<void> {
  const base64 = (value: string) => Buffer.from(value).toString("base64");
  const key = { valueFrom: { secretKeyRef: { name: "partner", key: "api-key" } } };
  const manifests = [
    { kind: "ApiKey", id: "partner001", spec: { name: "partner", value: key } },
    { kind: "Certificate", id: "shop", spec: { valueFrom: { secretRef: { name: "shop-tls" } } } },
  ];
  await place.shop.put("TollgateConfig", "keys", { spec: { manifests } });
  const missing = await place.shop.condition("TollgateConfig", "keys", "Applied", "Invalid");
  check(
    missing.problems.some(
      ({ path, message }) => path === "ApiKey/partner001.value" && /no Secret partner/.test(message),
    ),
    JSON.stringify(missing.problems),
  );
  const tls = await selfSigned("shop.example.com");
  const pair = { "tls.crt": base64(tls.certificate), "tls.key": base64(tls.privateKey) };
  await place.shop.put("Secret", "shop-tls", { type: "kubernetes.io/tls", data: pair });
  await place.shop.put("Secret", "partner", { data: { "api-key": base64("partner-key-0123456789-a") } });
  const first = await place.shop.ready("TollgateConfig", "keys");
  check(
    (await entity(place, "Certificate", "shop"))?.specJson.includes("BEGIN CERTIFICATE") ?? false,
    "certificate",
  );
  await place.shop.put("Secret", "partner", { data: { "api-key": base64("partner-key-0123456789-b") } });
  await until("a changed Secret is not applied", async () => {
    const status = await place.shop.status("TollgateConfig", "keys");
    return (status?.revision ?? 0) > first.revision;
  });
}

async function accounts(place: Place): Promise<void> {
  const manifests = restApi("store00001", "store");
  await place.store.put("TollgateConfig", "first", { spec: { manifests } });
  check((await place.store.ready("TollgateConfig", "first")).account === STORE_ACCOUNT, "another account");
  check((await entity(place, "RestApi", "store00001", STORE_ACCOUNT)) !== undefined, "it is not there");
  await place.store.put("TollgateConfig", "first", { spec: { account: "000000000000", manifests } });
  const { problems } = await place.store.condition("TollgateConfig", "first", "Applied", "Invalid");
  check(
    /is not an account of the namespace store/.test(problems[0]?.message ?? ""),
    JSON.stringify(problems),
  );
  await place.store.remove("TollgateConfig", "first");
  await place.store.gone("TollgateConfig", "first");
}

async function deletions(place: Place): Promise<void> {
  const plan = {
    kind: "UsagePlan",
    id: "silver",
    spec: { name: "silver", apiStages: [{ apiId: "first00001", stage: "prod" }] },
  };
  await place.shop.put("TollgateConfig", "plan", { spec: { manifests: [plan] } });
  await place.shop.ready("TollgateConfig", "plan");
  await place.shop.remove("TollgateConfig", "first");
  const refused = await until("the deletion is not refused", async () => {
    const found = await place.shop.find("TollgateConfig", "first");
    const status = found?.status;
    return found?.metadata.deletionTimestamp !== undefined && status?.problems.length ? status : undefined;
  });
  check(
    /UsagePlan 'silver' refers to it/.test(refused.problems[0]?.message ?? ""),
    JSON.stringify(refused.problems),
  );
  await served(place, "first00001", "two");
  await place.shop.remove("TollgateConfig", "plan");
  await place.shop.gone("TollgateConfig", "plan");
  await place.shop.gone("TollgateConfig", "first");
  await served(place, "first00001", undefined);
  await place.shop.put("TollgateConfig", "kept", {
    spec: { deletionPolicy: "Orphan", manifests: restApi("kept000001", "kept") },
  });
  await place.shop.ready("TollgateConfig", "kept");
  await place.shop.remove("TollgateConfig", "kept");
  await place.shop.gone("TollgateConfig", "kept");
  const { labels } = (await entity(place, "RestApi", "kept000001")) ?? {};
  check(labels !== undefined && Object.keys(labels).length === 0, `labels: ${JSON.stringify(labels)}`);
}

async function leaderIsKilled(place: Place): Promise<void> {
  const { cluster } = place;
  const [first, other] = [cluster.controlPlane, cluster.otherControlPlanes[0]];
  if (!other) throw new Error("there is no other control plane");
  const leader = await place.leader();
  const isFirst = leader.includes(`-${cluster.grpcPort}-`);
  await (isFirst ? first : other.part).kill("SIGKILL");
  await place.shop.put("TollgateConfig", "after", { spec: { manifests: restApi("after00001", "after") } });
  await place.shop.condition("TollgateConfig", "after", "Applied", "Stored");
  check((await place.leader()) !== leader, "the lease has not changed hands");
  await (isFirst ? cluster.startControlPlane() : cluster.restartOther(other));
  await served(place, "after00001", "after");
  await place.shop.ready("TollgateConfig", "after");
}

/** While nobody watches, versions pass that the API server forgets when it is started again: 410 Gone. */
async function serverIsAway(place: Place): Promise<void> {
  const { cluster, kubernetes, shop } = place;
  const planes = [cluster.controlPlane, ...cluster.otherControlPlanes.map(({ part }) => part)];
  await Promise.all(planes.map((plane) => plane.pause()));
  await shop.put("TollgateConfig", "after", { spec: { manifests: restApi("after00001", "later") } });
  await shop.put("TollgateConfig", "missed", { spec: { manifests: restApi("missed0001", "missed") } });
  await kubernetes.killServer();
  await kubernetes.restartServer();
  for (const plane of planes) plane.resume();
  await served(place, "missed0001", "missed");
  await served(place, "after00001", "later");
  await kubernetes.killServer();
  await served(place, "after00001", "later");
  await kubernetes.restartServer();
  await shop.remove("TollgateConfig", "missed");
  await shop.gone("TollgateConfig", "missed");
  await served(place, "missed0001", undefined);
}

const PAGE = new URL("../../../packages/docs/kubernetes.md", import.meta.url);

/** The objects that the page shows, as kubectl applies them. */
async function pageIsTrue({ kubernetes: { kubectl }, shop }: Place): Promise<void> {
  const blocks = [...readFileSync(PAGE, "utf8").matchAll(/```yaml\n([^]*?)```/g)].map(
    ([, text = ""]) => text,
  );
  const objects = blocks.filter((text) => text.startsWith("apiVersion"));
  check(objects.length === 2, `${objects.length} blocks of objects`);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-page-"));
  const file = join(folder, "objects.yaml");
  writeFileSync(file, objects.join("---\n"));
  try {
    await kubectl("-n", "shop", "apply", "-f", file);
    check((await shop.ready("TollgateConfig", "orders")).entities === 4, "entities of the page");
    await shop.ready("ConfigMap", "plans");
    await kubectl("-n", "shop", "wait", "--for=condition=Ready", "tollgateconfig/orders", "--timeout=60s");
    await kubectl("-n", "shop", "delete", "-f", file, "--timeout=60s");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the controller does for an operator, one after the other. */
export const STEPS: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  "an object is served, and Ready with its revision": isServed,
  "the objects of packages/docs/kubernetes.md are Ready": pageIsTrue,
  "a wrong object shows its problems, and changes nothing": isRefused,
  "an object that is only tried writes nothing": isOnlyTried,
  "an entity of another object is refused with its name": isTaken,
  "what somebody changed by hand is changed back": isChangedBack,
  "ConfigMaps and Secrets are applied by their label": otherObjects,
  "keys and certificates come from Secrets, and follow them": fromSecrets,
  "a namespace has its own account": accounts,
  "a deletion is refused while others need it, or leaves all": deletions,
  "another control plane goes on when the leader is killed": leaderIsKilled,
  "an API server that was away loses nothing (410 Gone)": serverIsAway,
};
