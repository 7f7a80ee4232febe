import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Manifest, parseManifest } from "@tollgate/config";
import { LookupEventsRequestSchema } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { lookupEvents } from "../audit/lookup-events.ts";
import { changeAccount } from "../change/change.ts";
import { STACK_LABEL } from "../config/stack-label.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { Refusal } from "../refusal.ts";
import { NotLeading, ObjectChanges } from "./object-changes.ts";
import { type ObjectRef, OWNER_LABEL, ownerOf } from "./objects.ts";
import { OwnedEntities } from "./owned-entities.ts";

const A = "000000000000";
const B = "111111111111";
const ref = (name: string): ObjectRef => ({ kind: "TollgateConfig", namespace: "shop", name });
const [one, two] = [ref("one"), ref("two")];

const api = (id: string, name = id): Manifest => ({ kind: "RestApi", id, spec: { name } });
const model = (apiId: string, id: string): Manifest => ({
  kind: "Model",
  apiId,
  id,
  spec: { schema: "{}" },
});
const plan = (id: string, apiId: string): Manifest => ({
  kind: "UsagePlan",
  id,
  spec: { name: id, apiStages: [{ apiId, stage: "prod" }] },
});

const MOCK = (text: string) => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": { responseTemplates: { "application/json": text } } },
  },
});

async function open(existing: readonly ObjectRef[] = [one, two]) {
  const application = await startMemoryApplication();
  const touched: string[] = [];
  const owned = new OwnedEntities({
    accounts: () => application.mirror.accounts,
    onChange: (owner) => touched.push(owner),
    onCommit: () => undefined,
  });
  owned.reset();
  application.mirror.listen(owned);
  const known = new Set(existing.map(ownerOf));
  const accounts = new Set([A, B]);
  const leadership = { isLeading: true };
  const changes = new ObjectChanges({
    application,
    owned,
    role: "deployer",
    accountsOf: () => [...accounts],
    isLeading: () => leadership.isLeading,
    exists: (object) => known.has(ownerOf(object)),
  });
  return {
    changes,
    owned,
    touched,
    known,
    accounts,
    leadership,
    application,
    [Symbol.asyncDispose]: () => application[Symbol.asyncDispose](),
  };
}

const names = ({ mirror }: Application, accountId = A) =>
  [...mirror.account(accountId).entities.values()].map(({ name }) => name).sort();

/** Applies as somebody else does, without an object. */
async function applyByHand(application: Application, manifest: Manifest, accountId = A): Promise<void> {
  const parsed = parseManifest(manifest, 0);
  if (!parsed.ok) throw new Error("the manifest is wrong");
  const entities = [parsed.value];
  await changeAccount(application, { accountId, asker: "allowed", want: () => ({ entities }) });
}

const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error("nothing was refused");
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe("an object", () => {
  it("writes its entities, which have its name, and deletes those that it does not have any more", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001"), api("shop000002")], false);
    expect(names(test.application)).toEqual(["restapis/shop000001", "restapis/shop000002"]);
    expect(test.application.mirror.account(A).find("RestApi", "", "shop000001")?.labels).toEqual({
      [OWNER_LABEL]: "TollgateConfig/shop/one",
    });
    await test.changes.apply(one, A, [api("shop000002")], false);
    expect(names(test.application)).toEqual(["restapis/shop000002"]);
  });

  it("leaves alone what others have applied, and takes over what nobody has", async () => {
    await using test = await open();
    const { application, changes } = test;
    await applyByHand(application, api("shop000009"));
    await changes.apply(two, A, [api("shop000002")], false);
    await changes.apply(one, A, [api("shop000001")], false);
    expect(names(application)).toHaveLength(3);
    await changes.apply(one, A, [api("shop000009")], false);
    expect(names(application)).toEqual(["restapis/shop000002", "restapis/shop000009"]);
  });

  it("is refused as a whole, with every problem, and changes nothing", async () => {
    await using test = await open();
    const wrong = { kind: "RestApi", id: "shop000003", spec: { nam: "x" } };
    const problems = await problemsOf(
      test.changes.apply(one, A, [api("shop000001"), wrong, plan("gold", "shop000008")], false),
    );
    expect(problems.join("\n")).toMatch(/^RestApi\/shop000003\.name: [^]*unknown member 'nam'$/);
    expect(names(test.application)).toEqual([]);
  });

  it("that names what another one has applied is refused with its name", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001", "first")], false);
    const problems = await problemsOf(test.changes.apply(two, A, [api("shop000001", "second")], false));
    expect(problems).toEqual([
      "RestApi/shop000001: was applied by TollgateConfig one in the namespace shop: remove it from one of the two objects",
    ]);
    // Once the first one is gone, there is nobody to take turns with.
    test.known.delete(ownerOf(one));
    await test.changes.apply(two, A, [api("shop000001", "second")], false);
    expect(test.application.mirror.account(A).find("RestApi", "", "shop000001")?.spec.name).toBe("second");
  });

  it("that names the same as another one at the same time is refused, or the other one is", async () => {
    await using test = await open();
    const results = await Promise.allSettled(
      [one, two].map((object) => test.changes.apply(object, A, [api("shop000001", object.name)], false)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [winner = ""] = test.owned.owners;
    expect(test.application.mirror.account(A).find("RestApi", "", "shop000001")?.spec.name).toBe(
      winner.replace("TollgateConfig/shop/", ""),
    );
  });

  it("that names what a stack has is refused with the name of the stack", async () => {
    await using test = await open();
    await applyByHand(test.application, { ...api("shop000001"), labels: { [STACK_LABEL]: "shop" } });
    expect(await problemsOf(test.changes.apply(one, A, [api("shop000001")], false))).toEqual([
      "RestApi/shop000001: belongs to the stack 'shop': change it there, or remove it from the object",
    ]);
  });

  it("has stages that are deployed with each change, and is the same as before without one", async () => {
    await using test = await open();
    const stageOf = () => test.application.mirror.account(A).find("Stage", "shop000001", "prod")?.spec;
    const manifests = (path: string): readonly Manifest[] => [
      api("shop000001"),
      {
        kind: "Resource",
        apiId: "shop000001",
        id: "root",
        spec: { path: "/", methods: { GET: MOCK(path) } },
      },
      { kind: "Stage", apiId: "shop000001", id: "prod", spec: { autoDeploy: true } },
    ];
    const first = await test.changes.apply(one, A, manifests("a"), false);
    const deployed = stageOf()?.deploymentId;
    expect(first.entities.map(({ action }) => action)).toEqual(["created", "created", "created", "created"]);
    const again = await test.changes.apply(one, A, manifests("a"), false);
    expect(new Set(again.entities.map(({ action }) => action))).toEqual(new Set(["unchanged"]));
    expect(stageOf()?.deploymentId).toBe(deployed);
    await test.changes.apply(one, A, manifests("b"), false);
    expect(stageOf()?.deploymentId).not.toBe(deployed);
    await test.changes.remove(one, false);
    expect(names(test.application)).toEqual([]);
  });

  it("may not write what its role may not", async () => {
    await using test = await open();
    const user = { kind: "User", id: "eve", spec: {} };
    await expect(test.changes.apply(one, A, [user], false)).rejects.toThrow("writing a User requires admin");
  });

  it("that moves to another account leaves nothing in the first one", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [{ kind: "UsagePlan", id: "gold", spec: { name: "gold" } }], false);
    await test.changes.apply(one, B, [{ kind: "UsagePlan", id: "gold", spec: { name: "gold" } }], false);
    expect([names(test.application, A), names(test.application, B)]).toEqual([[], ["usageplans/gold"]]);
  });

  it("changes nothing in accounts that its namespace does not have, whoever wrote its name there", async () => {
    await using test = await open();
    test.accounts.delete(B);
    const labels = { [OWNER_LABEL]: ownerOf(one) };
    await applyByHand(test.application, { ...api("shop000009"), labels }, B);
    await test.changes.apply(one, A, [api("shop000001")], false);
    await test.changes.remove(one, false);
    expect([names(test.application, A), names(test.application, B)]).toEqual([[], ["restapis/shop000009"]]);
  });

  it("is not written by a process that does not lead any more: what it has read may be old", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001")], false);
    test.leadership.isLeading = false;
    await expect(test.changes.apply(one, A, [api("shop000002")], false)).rejects.toThrow(NotLeading);
    await expect(test.changes.remove(one, false)).rejects.toThrow(NotLeading);
    expect(names(test.application)).toEqual(["restapis/shop000001"]);
  });

  it("that is only tried writes nothing and says what it would", async () => {
    await using test = await open();
    const { entities } = await test.changes.apply(one, A, [api("shop000001")], true);
    expect(entities.map(({ action }) => action)).toEqual(["created"]);
    expect(names(test.application)).toEqual([]);
  });
});

describe("an object that is deleted", () => {
  it("takes its entities along, and nobody else's", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001"), model("shop000001", "pet")], false);
    await test.changes.apply(two, A, [api("shop000002")], false);
    await test.changes.remove(one, false);
    expect(names(test.application)).toEqual(["restapis/shop000002"]);
  });

  it("is refused while entities of others refer to its own, or are parts of its APIs", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001")], false);
    await test.changes.apply(two, A, [model("shop000001", "pet")], false);
    expect(await problemsOf(test.changes.remove(one, false))).toEqual([
      "RestApi/shop000001: cannot be deleted because its Model 'pet' was applied by TollgateConfig two in the namespace shop",
    ]);
    await test.changes.remove(two, false);
    await test.changes.remove(one, false);
    expect(names(test.application)).toEqual([]);
  });

  it("is refused while parts of its APIs belong to a stack", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001")], false);
    await applyByHand(test.application, { ...model("shop000001", "pet"), labels: { [STACK_LABEL]: "shop" } });
    expect(await problemsOf(test.changes.remove(one, false))).toEqual([
      "RestApi/shop000001: cannot be deleted because its Model 'pet' was applied by the stack 'shop'",
    ]);
  });

  it("lets its entities go if it is to leave them", async () => {
    await using test = await open();
    await test.changes.apply(one, A, [api("shop000001")], false);
    await test.changes.remove(one, true);
    expect(names(test.application)).toEqual(["restapis/shop000001"]);
    expect([...test.owned.owners]).toEqual([]);
    await test.changes.apply(two, A, [api("shop000001")], false);
    expect([...test.owned.owners]).toEqual(["TollgateConfig/shop/two"]);
  });
});

it("what somebody else has changed of an object's entities is noticed", async () => {
  await using test = await open();
  await test.changes.apply(one, A, [api("shop000001")], false);
  test.touched.length = 0;
  await applyByHand(test.application, api("shop000001", "by hand"));
  expect(test.touched).toEqual(["TollgateConfig/shop/one"]);
  expect([...test.owned.owners]).toEqual([]);
});

it("a change is recorded as one of the object, and a look that changes nothing is not", async () => {
  await using test = await open();
  for (let i = 0; i < 3; i++) await test.changes.apply(one, A, [api("shop000001")], false);
  const request = create(LookupEventsRequestSchema, { accountId: A });
  const { eventsJson } = await lookupEvents(test.application, request);
  expect(eventsJson.map((json) => JSON.parse(json) as object)).toEqual([
    expect.objectContaining({
      eventSource: "kubernetes.tollgate",
      eventName: "ApplyObject",
      userIdentity: expect.objectContaining({ userName: "kubernetes/TollgateConfig/shop/one" }),
      requestParameters: expect.objectContaining({ namespace: "shop", name: "one", entityCount: 1 }),
    }),
  ]);
});
