import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "../../kit/cache.ts";
import { Cluster } from "../../kit/cluster.ts";
import { useGateway } from "../../kit/use.ts";

const BUF = fileURLToPath(new URL("../../../node_modules/.bin/buf", import.meta.url));

describe("an unmodified gRPC client (buf curl), knowing nothing but the address", () => {
  const gateway = useGateway();
  const curl = async (...args: string[]) =>
    (await run(BUF, ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args])).stdout;
  const url = () => `http://127.0.0.1:${gateway.grpcPort}`;

  it("lists the services by reflection", async () => {
    const services = (await curl("--list-services", url())).trim().split("\n");
    expect(services).toEqual(
      expect.arrayContaining([
        "grpc.health.v1.Health",
        "tollgate.control.v1.ConfigService",
        "tollgate.control.v1.DeploymentService",
        "tollgate.control.v1.NodeService",
        "tollgate.control.v1.RolloutService",
        "tollgate.discovery.v1.DiscoveryService",
      ]),
    );
  });

  it("asks for health", async () => {
    expect(JSON.parse(await curl("-d", "{}", `${url()}/grpc.health.v1.Health/Check`))).toEqual({
      status: "SERVING",
    });
  });

  it("applies and reads an entity", async () => {
    const entity = { kind: "RestApi", id: "curledapi1", specJson: '{"name": "curled"}' };
    const applied = JSON.parse(
      await curl(
        "-d",
        JSON.stringify({ entities: [entity] }),
        `${url()}/tollgate.control.v1.ConfigService/Apply`,
      ),
    ) as { changes: { action: string }[] };
    expect(applied.changes[0]?.action).toBe("ACTION_CREATED");
    const got = JSON.parse(
      await curl(
        "-d",
        '{"kind": "RestApi", "id": "curledapi1"}',
        `${url()}/tollgate.control.v1.ConfigService/Get`,
      ),
    ) as { entity: { specJson: string } };
    expect(JSON.parse(got.entity.specJson)).toMatchObject({ name: "curled", apiKeySource: "HEADER" });
  });

  it("receives all problems", async () => {
    const error = await curl(
      "-d",
      '{"entities": [{"kind": "RestApi", "specJson": "{}"}]}',
      `${url()}/tollgate.control.v1.ConfigService/Apply`,
    ).catch((e: { stderr: string }) => e.stderr);
    expect(error).toMatch(/invalid_argument[\s\S]*RestApi\/#1\.name: expected string/);
  });
});

describe("the bearer token", () => {
  it("is required for everything but health checks", async () => {
    await using cluster = await Cluster.start({ nodes: 0 });
    const address = `http://127.0.0.1:${cluster.grpcPort}`;
    const curl = (...args: string[]) =>
      run(BUF, [
        "curl",
        "--protocol",
        "grpc",
        "--http2-prior-knowledge",
        "--schema",
        fileURLToPath(new URL("../../../proto", import.meta.url)),
        ...args,
      ]);
    const list = `${address}/tollgate.control.v1.ConfigService/List`;
    await expect(curl("-d", "{}", list)).rejects.toThrow(/unauthenticated/);
    await expect(curl("-H", "authorization: Bearer wrong", "-d", "{}", list)).rejects.toThrow(
      /unauthenticated/,
    );
    expect((await curl("-H", "authorization: Bearer test-token", "-d", "{}", list)).stdout).toContain(
      "RootAccessKey",
    );
    expect((await curl("-d", "{}", `${address}/grpc.health.v1.Health/Check`)).stdout).toContain("SERVING");
  });
});
