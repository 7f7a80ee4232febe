import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

const preflight = (api: string, path: string) =>
  gateway.invoke(api, path, {
    method: "OPTIONS",
    headers: { Origin: "https://app.example", "Access-Control-Request-Method": "GET" },
  });

describe("CORS of REST APIs (rest §13)", () => {
  it("is off by default: OPTIONS without a method is refused like any other", async () => {
    const api = await gateway.deploy({ "GET /a": mock("x") });
    expect((await preflight(api, "/a")).status).toBe(403);
  });

  it("tollgate cors enable adds preflights, and the origin to responses and to the gateway's own errors", async () => {
    const api = await gateway.deploy({
      "GET /a": mock("x"),
      "POST /a": mock("y"),
      "ANY /b": proxy("http://127.0.0.1:1"),
      "OPTIONS /c": mock("own"),
      "GET /c": mock("c"),
    });
    const enabled = await tollgate(
      ["cors", "enable", api, "--origin", "https://app.example"],
      gateway.cliEnv,
    );
    expect([enabled.exitCode, enabled.stdout]).toEqual([0, "/a\n/b\n"]);
    const deployed = await tollgate(["deploy", api, "--stage", "prod", "--wait"], gateway.cliEnv);
    expect(deployed.exitCode).toBe(0);
    const answer = await preflight(api, "/a");
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,POST,OPTIONS",
      "access-control-allow-headers": "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token",
    });
    expect((await preflight(api, "/b")).headers["access-control-allow-methods"]).toBe(
      "DELETE,GET,HEAD,PATCH,POST,PUT,OPTIONS",
    );
    expect((await preflight(api, "/c")).body).toBe("own");
    expect((await gateway.invoke(api, "/a")).headers["access-control-allow-origin"]).toBe(
      "https://app.example",
    );
    const refused = await gateway.invoke(api, "/none");
    expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([
      403,
      "https://app.example",
    ]);
  });

  it("says what it cannot do", async () => {
    const api = await gateway.deploy({ "GET /a": mock("x") });
    const nowhere = await tollgate(["cors", "enable", api, "--path", "/none"], gateway.cliEnv);
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining("has no resource /none")]);
    const quoted = await tollgate(["cors", "enable", api, "--origin", "'x'"], gateway.cliEnv);
    expect([quoted.exitCode, quoted.stderr]).toEqual([2, expect.stringContaining("must not contain quotes")]);
  });
});
