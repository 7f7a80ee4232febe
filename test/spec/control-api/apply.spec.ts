import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { beforeAll, describe, expect, it } from "vitest";
import { Change_Action as Action, ProblemListSchema, type WatchResponse } from "@tollgate/proto/control";
import { StatusSchema } from "../../../packages/proto/src/gen/google/rpc/status_pb.ts";
import { lambda, mock, proxy } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["shapes"] });
beforeAll(async () => {
  await gateway.apply([{ kind: "RestApi", id: "controlapi", spec: { name: "control" } }]);
});

interface GrpcError {
  code: number;
  details: string;
  metadata: { get(name: string): (string | Buffer)[] };
}
const [NOT_FOUND, INVALID_ARGUMENT, FAILED_PRECONDITION, ABORTED] = [5, 3, 9, 10];

const refusal = async (attempt: Promise<unknown>): Promise<GrpcError> => {
  const outcome = await attempt.then(
    () => "was not refused",
    (error: unknown) => error as GrpcError,
  );
  if (typeof outcome === "string") throw new Error(outcome);
  return outcome;
};
/** problemsOf reads the typed details of an error, as any gRPC client can. */
const problemsOf = (error: GrpcError) => {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const status = fromBinary(StatusSchema, bytes as Buffer);
  const list = status.details[0] && anyUnpack(status.details[0], ProblemListSchema);
  return (list?.problems ?? []).map(({ path, message }) => `${path}: ${message}`);
};
const api = "controlapi";
const resource = (id: string, path: string, methods: object = { GET: mock("x") }) => ({
  kind: "Resource",
  apiId: api,
  id,
  spec: { path, methods },
});
const method = (integration: object) => ({ GET: { integration } });
const revisionNow = async () => (await gateway.config.list({ pageSize: 1 })).revision;

describe("Apply refuses, names every problem and changes nothing", () => {
  it.each([
    {
      title: "an unknown kind",
      entity: { kind: "Gadget", id: "g", spec: {} },
      problem: /^Gadget\/g\.kind: 'Gadget' must be one of Account, /,
    },
    {
      title: "an unknown member",
      entity: { kind: "RestApi", id: "aaaaaaaaaa", spec: { name: "x", colour: "red" } },
      problem: /^RestApi\/aaaaaaaaaa: unknown member 'colour'/,
    },
    {
      title: "a missing member",
      entity: { kind: "RestApi", id: "aaaaaaaaaa", spec: {} },
      problem: /RestApi\/aaaaaaaaaa\.name: expected string/,
    },
    {
      title: "a wrong type",
      entity: { kind: "RestApi", id: "aaaaaaaaaa", spec: { name: 7 } },
      problem: /\.name: expected string, received number/,
    },
    {
      title: "an id that AWS would not make",
      entity: { kind: "RestApi", id: "My-Api", spec: { name: "x" } },
      problem: /\.id: must be 10 characters of a-z and 0-9/,
    },
    {
      title: "a resource without its API",
      entity: { kind: "Resource", id: "r", spec: { path: "/x" } },
      problem: /\.restApiId: Resource needs the id of its API/,
    },
    {
      title: "a reference to an API that is not there",
      entity: { kind: "Resource", apiId: "zzzzzzzzzz", id: "r", spec: { path: "/x" } },
      problem: /there is no RestApi 'zzzzzzzzzz'/,
    },
    {
      title: "a reference to a model that is not there",
      entity: resource("r", "/x", { GET: { ...mock("x"), requestModels: { "application/json": "Pet" } } }),
      problem: /methods\.GET\.requestModels\.application\/json: there is no Model 'Pet' in API/,
    },
    {
      title: "a reference to a deployment that is not there",
      entity: { kind: "Stage", apiId: api, id: "s", spec: { deploymentId: "nope00" } },
      problem: /there is no Deployment 'nope00'/,
    },
    {
      title: "a path with an empty segment",
      entity: resource("r", "/a//b"),
      problem: /\.path: the path must not have an empty segment/,
    },
    {
      title: "a greedy parameter that is not last",
      entity: resource("r", "/{a+}/b"),
      problem: /the greedy segment '\{a\+\}' must be the last segment/,
    },
    {
      title: "a parameter that appears twice",
      entity: resource("r", "/{a}/{a}"),
      problem: /the parameter 'a' appears twice/,
    },
    {
      title: "an unknown method",
      entity: resource("r", "/a", { FETCH: mock("x") }),
      problem: /methods: unknown member 'FETCH'|methods\.FETCH/,
    },
    {
      title: "an unknown integration type",
      entity: resource("r", "/a", method({ type: "FTP" })),
      problem: /integration\.type: must be one of MOCK, HTTP, HTTP_PROXY, AWS, AWS_PROXY/,
    },
    {
      title: "a timeout out of range",
      entity: resource("r", "/a", method({ type: "HTTP_PROXY", uri: "http://x", timeoutInMillis: 49 })),
      problem: /timeoutInMillis: Too small/,
    },
    {
      title: "a URI that is none",
      entity: resource("r", "/a", method({ type: "HTTP_PROXY", uri: "ftp://x" })),
      problem: /integration\.uri: must begin with http/,
    },
    {
      title: "a URI part without a source",
      entity: resource("r", "/a/{id}", method({ type: "HTTP_PROXY", uri: "http://x/{id}" })),
      problem: /uri: '\{id\}' has no source: add requestParameters 'integration\.request\.path\.id'/,
    },
    {
      title: "a mapping that is no expression",
      entity: resource(
        "r",
        "/a",
        method({
          type: "HTTP_PROXY",
          uri: "http://x",
          requestParameters: { "integration.request.header.A": "header.B" },
        }),
      ),
      problem: /'header\.B' must be method\.request/,
    },
    {
      title: "a selection pattern that could explode",
      entity: resource(
        "r",
        "/a",
        method({
          type: "HTTP",
          uri: "http://x",
          integrationResponses: { "200": { selectionPattern: "(a)\\1" } },
        }),
      ),
      problem: /selectionPattern: .*linear time/,
    },
    {
      title: "an authorizer that is not there",
      entity: resource("r", "/a", {
        GET: { ...mock("x"), authorizationType: "CUSTOM", authorizerId: "none" },
      }),
      problem: /methods\.GET\.authorizerId: there is no Authorizer 'none'/,
    },
    {
      title: "a type of authorization that there is not",
      entity: resource("r", "/a", { GET: { ...mock("x"), authorizationType: "BASIC" } }),
      problem: /authorizationType/,
    },
    {
      title: "a function URI that is none",
      entity: resource("r", "/a", { GET: { integration: { type: "AWS_PROXY", uri: "arn:aws:lambda:x" } } }),
      problem: /uri: must be the ARN arn:aws:apigateway/,
    },
    {
      title: "a model that is no JSON",
      entity: { kind: "Model", apiId: api, id: "M", spec: { schema: "{" } },
      problem: /\.schema: must be a JSON object as a string/,
    },
    {
      title: "a stage variable that AWS would refuse",
      entity: {
        kind: "Stage",
        apiId: api,
        id: "s",
        spec: { deploymentId: "x", variables: { a: "b c" } },
      },
      problem: /variables\.a: the value of a stage variable/,
    },
    {
      title: "a deployment, which only CreateDeployment makes",
      entity: {
        kind: "Deployment",
        apiId: api,
        id: "abcdef",
        spec: { createTimeUnixMs: 1, methodCount: 1, restApi: { name: "x" }, chunks: [] },
      },
      problem: /immutable snapshot/,
    },
    {
      title: "a domain that leads nowhere",
      entity: {
        kind: "DomainName",
        id: "a.example.com",
        spec: { basePathMappings: { "(none)": { restApiId: api, stage: "nope" } } },
      },
      problem: /there is no Stage 'nope'/,
    },
    {
      title: "a label that is none",
      entity: { kind: "RestApi", id: "aaaaaaaaaa", labels: { "a b": "c" }, spec: { name: "x" } },
      problem: /labels\.a b: a label must be/,
    },
  ])("$title", async ({ entity, problem }) => {
    const before = await revisionNow();
    const error = await refusal(
      gateway.apply([entity, { kind: "RestApi", id: "goodgoodgo", spec: { name: "good" } }]),
    );
    expect(error.code).toBe(INVALID_ARGUMENT);
    expect(problemsOf(error).join("\n")).toMatch(problem);
    expect(await revisionNow()).toBe(before);
    expect((await refusal(gateway.config.get({ kind: "RestApi", id: "goodgoodgo" }))).code).toBe(NOT_FOUND);
  });

  it("all problems of all entities at once", async () => {
    const error = await refusal(
      gateway.apply([
        { kind: "RestApi", id: "bad", spec: { nome: "x" } },
        { kind: "Stage", apiId: api, id: "bad stage", spec: {} },
      ]),
    );
    expect(problemsOf(error)).toHaveLength(5);
  });

  it("a spec of 10 MB, with its size and the limit", async () => {
    const error = await refusal(
      gateway.apply([
        {
          kind: "Model",
          apiId: api,
          id: "Big",
          spec: { schema: JSON.stringify({ description: "x".repeat(10 * 1024 * 1024) }) },
        },
      ]),
    );
    expect(problemsOf(error)[0]).toMatch(/Model\/Big: the spec has 104857\d\d bytes; the limit is \d+/);
  });

  it("a spec that is not JSON", async () => {
    const error = await refusal(
      gateway.config.apply({ entities: [{ kind: "RestApi", specJson: "{name: x" }] }),
    );
    expect(problemsOf(error)[0]).toMatch(/RestApi\/#1: is not JSON/);
  });

  it("two resources with one path, and siblings with different parameters", async () => {
    const error = await refusal(
      gateway.apply([
        resource("one", "/same"),
        resource("two", "/same"),
        resource("three", "/s/{a}"),
        resource("four", "/s/{b}/x"),
      ]),
    );
    expect(problemsOf(error).join("\n")).toMatch(
      /already has the path \/same[\s\S]*a sibling .* already has a variable path part/,
    );
  });

  it("an entity that appears twice in the request", async () => {
    expect(
      problemsOf(await refusal(gateway.apply([resource("one", "/a"), resource("one", "/b")])))[0],
    ).toMatch(/appears twice in the request/);
  });
});

describe("Apply", () => {
  it("makes ids as AWS does where none are given", async () => {
    const { changes } = await gateway.apply([{ kind: "RestApi", spec: { name: "made" } }]);
    expect(changes[0]?.entity?.id).toMatch(/^[a-z0-9]{10}$/);
    const apiId = changes[0]?.entity?.id as string;
    const made = await gateway.apply([{ kind: "Resource", apiId, spec: { path: "/x" } }]);
    expect(made.changes[0]?.entity?.id).toMatch(/^[a-z0-9]{6}$/);
  });

  it("changes nothing when what is applied is what is there", async () => {
    const entities = [{ kind: "RestApi", id: "sameapi001", spec: { name: "same" } }];
    const first = await gateway.apply(entities);
    const second = await gateway.apply(entities);
    expect(first.changes[0]?.action).toBe(Action.CREATED);
    expect(second.changes[0]?.action).toBe(Action.UNCHANGED);
    expect(second.revision).toBe(first.revision);
  });

  it("only reports with dry_run", async () => {
    const before = await revisionNow();
    const { changes } = await gateway.config.apply({
      dryRun: true,
      entities: [{ kind: "RestApi", id: "dryrunapi1", specJson: '{"name":"dry"}' }],
    });
    expect(changes[0]?.action).toBe(Action.CREATED);
    expect(await revisionNow()).toBe(before);
  });

  it("is ABORTED when the account is not at expected_revision, and goes through when it is", async () => {
    const revision = await revisionNow();
    const attempt = (expectedRevision: bigint) =>
      gateway.config.apply({
        expectedRevision,
        entities: [{ kind: "RestApi", id: "expectedap", specJson: '{"name":"expected"}' }],
      });
    expect((await refusal(attempt(revision - 1n))).code).toBe(ABORTED);
    expect((await attempt(revision)).revision).toBeGreaterThan(revision);
  });

  it("prunes what carries the labels and is not named, with the children of an API, and nothing else", async () => {
    const labelled = (id: string) => ({ kind: "RestApi", id, labels: { app: "prune" }, spec: { name: id } });
    await gateway.apply([
      labelled("pruneapi01"),
      labelled("pruneapi02"),
      { kind: "Resource", apiId: "pruneapi02", id: "r", spec: { path: "/r" } },
    ]);
    const entity = {
      kind: "RestApi",
      id: "pruneapi01",
      labels: { app: "prune" },
      specJson: '{"name":"pruneapi01"}',
    };
    const { changes } = await gateway.config.apply({
      entities: [entity],
      prune: { labels: { app: "prune" } },
    });
    expect(changes.filter((c) => c.action === Action.DELETED).map((c) => c.entity?.id)).toEqual([
      "pruneapi02",
      "r",
    ]);
    expect(
      (await refusal(gateway.config.apply({ entities: [entity], prune: { labels: {} } }))).details,
    ).toMatch(/prune\.labels is empty/);
  });

  it("loses no update and shows no half of one with 50 writers", async () => {
    const pair = (i: number) => [
      { kind: "Resource", apiId: api, id: `w${i}a`, spec: { path: `/w${i}/a` } },
      { kind: "Resource", apiId: api, id: `w${i}b`, spec: { path: `/w${i}/b` } },
    ];
    const halves: string[] = [];
    let writing = true;
    const reader = (async () => {
      while (writing) {
        const { entities } = await gateway.config.list({ kind: "Resource", apiId: api, pageSize: 1000 });
        const ids = new Set(entities.map((e) => e.id));
        for (let i = 0; i < 50; i++) if (ids.has(`w${i}a`) !== ids.has(`w${i}b`)) halves.push(String(i));
      }
    })();
    const responses = await Promise.all(Array.from({ length: 50 }, (_, i) => gateway.apply(pair(i))));
    writing = false;
    await reader;
    expect(halves).toEqual([]);
    expect(new Set(responses.map((r) => r.revision)).size).toBe(50);
    const { entities } = await gateway.config.list({ kind: "Resource", apiId: api, pageSize: 1000 });
    expect(entities.filter((e) => /^w\d+[ab]$/.test(e.id))).toHaveLength(100);
  });
});

describe("List, Get and Delete", () => {
  it("pages without a gap or a repetition", async () => {
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await gateway.config.list({ kind: "Resource", apiId: api, pageSize: 7, pageToken });
      expect(page.entities.length).toBeLessThanOrEqual(7);
      seen.push(...page.entities.map((e) => e.id));
      pageToken = page.nextPageToken;
    } while (pageToken);
    const all = await gateway.config.list({ kind: "Resource", apiId: api, pageSize: 1000 });
    expect(seen).toEqual(all.entities.map((e) => e.id));
    expect((await refusal(gateway.config.list({ pageSize: 5000 }))).details).toMatch(
      /page_size 5000 must be 1 to 1000/,
    );
  });

  it("refuses to delete what something refers to", async () => {
    const id = await gateway.deploy({ "GET /": mock("x") });
    const { entities } = await gateway.config.list({ kind: "Deployment", apiId: id });
    const error = await refusal(
      gateway.config.delete({ kind: "Deployment", apiId: id, id: entities[0]?.id ?? "" }),
    );
    expect(error.code).toBe(FAILED_PRECONDITION);
    expect(error.details).toMatch(/Stage 'prod' refers to it/);
  });

  it("deletes an API with everything below it, and it is gone from the nodes", async () => {
    const id = await gateway.deploy({ "GET /": mock("here") });
    expect((await gateway.invoke(id, "/")).body).toBe("here");
    const { deleted, revision } = await gateway.config.delete({ kind: "RestApi", id });
    expect(deleted.map((e) => e.kind).sort()).toEqual(["Deployment", "Resource", "RestApi", "Stage"]);
    await gateway.wait(revision);
    expect((await gateway.invoke(id, "/")).status).toBe(403);
    expect((await refusal(gateway.config.delete({ kind: "RestApi", id }))).code).toBe(NOT_FOUND);
  });
});

describe("Watch", () => {
  it("streams what came after a revision, each transaction as one message", async () => {
    const after = await revisionNow();
    await gateway.apply([{ kind: "RestApi", id: "watchapi01", spec: { name: "a" } }]);
    await gateway.apply([
      { kind: "RestApi", id: "watchapi01", spec: { name: "b" } },
      { kind: "Resource", apiId: "watchapi01", id: "r", spec: { path: "/r" } },
    ]);
    const stream = gateway.config.watch({ afterRevision: after });
    const seen: string[][] = [];
    for await (const message of stream as AsyncIterable<WatchResponse>) {
      seen.push(message.changes.map((c) => `${c.entity?.kind}/${c.entity?.id}`));
      if (seen.length === 2) break;
    }
    stream.cancel();
    expect(seen).toEqual([["RestApi/watchapi01"], ["RestApi/watchapi01", "Resource/r"]]);
  });
});

describe("CreateDeployment", () => {
  it("refuses an API without methods, without an integration, or unknown", async () => {
    await gateway.apply([{ kind: "RestApi", id: "emptyapi01", spec: { name: "empty" } }]);
    expect((await refusal(gateway.deployments.createDeployment({ apiId: "emptyapi01" }))).details).toBe(
      "The REST API doesn't contain any methods",
    );
    await gateway.apply([
      { kind: "Resource", apiId: "emptyapi01", id: "r", spec: { path: "/r", methods: { GET: {} } } },
    ]);
    expect(problemsOf(await refusal(gateway.deployments.createDeployment({ apiId: "emptyapi01" })))).toEqual([
      "Resource/r.methods.GET.integration: No integration defined for method",
    ]);
    expect((await refusal(gateway.deployments.createDeployment({ apiId: "nosuchapi1" }))).details).toBe(
      "Invalid API identifier specified 000000000000:nosuchapi1",
    );
  });

  it("lists deployments newest first with the stages that point at them", async () => {
    const id = await gateway.deploy({ "GET /": proxy("http://127.0.0.1:9/") });
    const { deployment } = await gateway.deployments.createDeployment({
      apiId: id,
      description: "second",
    });
    const { deployments } = await gateway.deployments.listDeployments({ apiId: id });
    expect(deployments.map((d) => [d.description, d.stageNames, d.methodCount])).toEqual([
      ["second", [], 1],
      ["", ["prod"], 1],
    ]);
    expect(deployments[0]?.id).toBe(deployment?.id);
    expect((await refusal(gateway.deployments.rollbackStage({ apiId: id, stageName: "nope" }))).details).toBe(
      "Invalid stage identifier specified",
    );
    expect(
      (await refusal(gateway.deployments.rollbackStage({ apiId: id, stageName: "prod" }))).details,
    ).toMatch(/has no deployment that is older than/);
  });

  it("removes a stage variable that a method needs: its calls then get 500, as on AWS", async () => {
    const uri =
      "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${stageVariables.fn}/invocations";
    const id = await gateway.deploy(
      { "GET /": { integration: { ...(lambda("x").integration as object), uri } } },
      { stage: { variables: { fn: "shapes" } } },
    );
    expect((await gateway.invoke(id, "/")).status).toBe(200);
    const { entity } = await gateway.config.get({ kind: "Stage", apiId: id, id: "prod" });
    const spec = { ...(JSON.parse(entity?.specJson ?? "") as object), variables: {} };
    await gateway.wait((await gateway.apply([{ kind: "Stage", apiId: id, id: "prod", spec }])).revision);
    expect((await gateway.invoke(id, "/")).body).toBe('{"message": "Internal server error"}');
  });
});
