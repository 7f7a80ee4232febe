import { describe, expect, it } from "vitest";
import { createMockApi, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);

const text = (properties: object) => JSON.stringify(properties);
const locations = (answer: { items: readonly { location: object }[] }) =>
  answer.items.map(({ location }) => location);

describe("documentation parts", () => {
  it("are about one thing each, which a default completes", async () => {
    const { restApiId } = await createMockApi(boto);
    const part = { restApiId, location: { type: "METHOD", path: "/hello" } };
    const made = await boto.call("create_documentation_part", {
      ...part,
      properties: text({ summary: "a" }),
    });
    expect(made).toEqual({
      ResponseMetadata: expect.anything(),
      id: expect.stringMatching(/^[a-z0-9]{6}$/),
      location: { type: "METHOD", path: "/hello", method: "*" },
      properties: '{"summary":"a"}',
    });
    expect(
      await boto.refused("create_documentation_part", { ...part, properties: text({ summary: "b" }) }),
    ).toMatchObject({
      code: "ConflictException",
      message:
        "Documentation part already exists for the specified location: type 'METHOD', path '/hello', method '*'.",
    });
    const documentationPartId = made.id as string;
    const patched = await boto.call("update_documentation_part", {
      restApiId,
      documentationPartId,
      patchOperations: [patchOf("replace", "/properties", text({ summary: "c" }))],
    });
    expect(patched).toMatchObject({ id: documentationPartId, properties: '{"summary":"c"}' });
    await boto.call("delete_documentation_part", { restApiId, documentationPartId });
    expect(await boto.refused("get_documentation_part", { restApiId, documentationPartId })).toMatchObject({
      code: "NotFoundException",
      message: "Invalid Documentation part identifier specified",
    });
  });

  it.each([
    [{ type: "RESPONSE", path: "/hello", name: "x" }, "{}", /location: name: does not belong to RESPONSE/],
    [{ type: "MODEL" }, "{}", /location: name: is required for MODEL/],
    [{ type: "RESPONSE", statusCode: "20" }, "{}", /statusCode: must be a status such as 200/],
    [{ type: "API" }, "", /Documentation part properties must be non-empty/],
    [{ type: "API" }, "[]", /properties: must be a JSON object as a string/],
    [
      { type: "PAGE" },
      "{}",
      /Value 'PAGE' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: \[RESPONSE_BODY, RESPONSE, METHOD/,
    ],
  ])("%o is refused", async (location, properties, message) => {
    const { restApiId } = await createMockApi(boto);
    const refused = await boto.refused("create_documentation_part", { restApiId, location, properties });
    expect(refused.message).toMatch(message);
    expect((await boto.call("get_documentation_parts", { restApiId })).items ?? []).toEqual([]);
  });

  it("are listed by type, name and path, and what has none is listed too", async () => {
    const { restApiId } = await createMockApi(boto);
    const add = (location: object) =>
      boto.call("create_documentation_part", { restApiId, location, properties: text({ description: "d" }) });
    await add({ type: "API" });
    await add({ type: "RESOURCE", path: "/hello" });
    await add({ type: "MODEL", name: "Empty" });
    const list = (params: object) => boto.call("get_documentation_parts", { restApiId, ...params });
    expect(locations(await list({ type: "MODEL" }))).toEqual([{ type: "MODEL", name: "Empty" }]);
    expect(locations(await list({ nameQuery: "Emp" }))).toEqual([{ type: "MODEL", name: "Empty" }]);
    expect(locations(await list({ path: "/hello" }))).toEqual([{ type: "RESOURCE", path: "/hello" }]);
    const missing = locations(await list({ locationStatus: "UNDOCUMENTED", limit: 100 }));
    expect(missing).toEqual(
      expect.arrayContaining([
        { type: "MODEL", name: "Error" },
        { type: "RESOURCE", path: "/" },
        { type: "METHOD", path: "/hello", method: "GET" },
        { type: "RESPONSE", path: "/hello", method: "GET", statusCode: "200" },
      ]),
    );
    expect(missing).toHaveLength(4);
  });

  it("come from definitions, from their standard members and AWS's extension", async () => {
    const { restApiId } = await createMockApi(boto);
    const body = text({
      openapi: "3.0.1",
      info: { title: "Pets", version: "1", description: "All about pets" },
      paths: {
        "/pets": {
          get: {
            summary: "List",
            parameters: [{ name: "kind", in: "query", description: "Which", schema: { type: "string" } }],
            responses: { 200: { description: "Fine" }, 404: { description: "404 response" } },
          },
        },
      },
      "x-amazon-apigateway-documentation": {
        documentationParts: [
          { location: { type: "METHOD", path: "/pets", method: "GET" }, properties: { summary: "List all" } },
          { location: { type: "NOTHING" }, properties: {} },
        ],
      },
    });
    const imported = await boto.call("import_documentation_parts", { restApiId, mode: "merge", body });
    expect(imported.ids).toHaveLength(4);
    expect(imported.warnings).toEqual([
      expect.stringMatching(/documentationParts\/1\/location: was left out/),
    ]);
    const all = await boto.call("get_documentation_parts", { restApiId });
    const said = Object.fromEntries(
      all.items.map((part: { location: { type: string }; properties: string }) => [
        part.location.type,
        JSON.parse(part.properties) as object,
      ]),
    );
    expect(said).toEqual({
      API: { info: { description: "All about pets" } },
      METHOD: { summary: "List all" },
      QUERY_PARAMETER: { description: "Which" },
      RESPONSE: { description: "Fine" },
    });
    const again = await boto.call("import_documentation_parts", {
      restApiId,
      mode: "overwrite",
      body: text({ info: { description: "Another" } }),
    });
    expect((await boto.call("get_documentation_parts", { restApiId })).items).toEqual([
      { id: again.ids[0], location: { type: "API" }, properties: text({ info: { description: "Another" } }) },
    ]);
    const strict = { restApiId, mode: "merge", failOnWarnings: true, body };
    expect(await boto.refused("import_documentation_parts", strict)).toMatchObject({
      code: "BadRequestException",
      message: expect.stringContaining(
        "line 1, /x-amazon-apigateway-documentation/documentationParts/1/location",
      ),
    });
    expect(
      await boto.refused("import_documentation_parts", { restApiId, mode: "merge", body: "][" }),
    ).toMatchObject({
      code: "BadRequestException",
      message: expect.stringMatching(/^Unable to build importer with provided input\./),
    });
  });
});

describe("documentation versions", () => {
  it("keep the parts as they were, for a stage to show", async () => {
    const { restApiId } = await createMockApi(boto);
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const version = { restApiId, documentationVersion: "1.0" };
    expect(await boto.refused("create_documentation_version", version)).toMatchObject({
      code: "BadRequestException",
      message: "There are no documentation parts to create a version from",
    });
    const { id } = await boto.call("create_documentation_part", {
      restApiId,
      location: { type: "METHOD", path: "/hello", method: "GET" },
      properties: text({ summary: "As it was" }),
    });
    expect(
      await boto.call("create_documentation_version", {
        ...version,
        stageName: "prod",
        description: "first",
      }),
    ).toMatchObject({ version: "1.0", description: "first", createdDate: expect.any(String) });
    expect(await boto.refused("create_documentation_version", version)).toMatchObject({
      code: "ConflictException",
    });
    await boto.call("update_documentation_part", {
      restApiId,
      documentationPartId: id,
      patchOperations: [patchOf("replace", "/properties", text({ summary: "As it is" }))],
    });
    expect(await boto.call("get_stage", { restApiId, stageName: "prod" })).toMatchObject({
      documentationVersion: "1.0",
    });
    const { body } = await boto.call("get_export", {
      restApiId,
      stageName: "prod",
      exportType: "oas30",
      parameters: { extensions: "documentation" },
    });
    const definition = JSON.parse(body as string);
    expect(definition.paths["/hello"].get.summary).toBe("As it was");
    expect(definition["x-amazon-apigateway-documentation"]).toMatchObject({
      version: "1.0",
      documentationParts: [{ properties: { summary: "As it was" } }],
    });

    expect(
      await boto.call("update_documentation_version", {
        ...version,
        patchOperations: [patchOf("replace", "/description", "renamed")],
      }),
    ).toMatchObject({ version: "1.0", description: "renamed" });
    expect((await boto.call("get_documentation_versions", { restApiId })).items).toHaveLength(1);
    expect(await boto.refused("delete_documentation_version", version)).toMatchObject({
      code: "ConflictException",
      message: "Documentation version '1.0' is in use by stage 'prod'",
    });
    await boto.call("update_stage", {
      restApiId,
      stageName: "prod",
      patchOperations: [patchOf("replace", "/documentationVersion", "")],
    });
    await boto.call("delete_documentation_version", version);
    expect(await boto.refused("get_documentation_version", version)).toMatchObject({
      code: "NotFoundException",
    });
  });
});
