import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROLE_NAMES, type RoleName, rolesOf } from "@tollgate/proto/access";
import { AlarmService } from "@tollgate/proto/alarms";
import * as control from "@tollgate/proto/control";
import {
  AuditService,
  BackupService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  IdentityService,
  NodeService,
  RolloutService,
  StackService,
  StatusService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { type ClientOptions, createClient } from "@tollgate/proto/grpc";
import { LogService } from "@tollgate/proto/logs";
import { MetricsService } from "@tollgate/proto/metrics";
import { MeteringStatusService, SourceService, UsageService } from "@tollgate/proto/usage";
import { startAuthority } from "../../kit/certificate.ts";
import { tollgate } from "../../kit/cli.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { startGateway } from "../../kit/gateway.ts";
import { useGateway, useScope } from "../../kit/use.ts";

const CONTROL = [
  ConfigService,
  DefinitionService,
  StackService,
  DeploymentService,
  RolloutService,
  TestInvokeService,
  NodeService,
  StatusService,
  IdentityService,
  AuditService,
  BackupService,
  DiscoveryService,
  SourceService,
];
const METERING = [UsageService, LogService, MetricsService, AlarmService, MeteringStatusService] as const;
const ALL = [...CONTROL, ...METERING];
const PAGE = new URL("../../../packages/docs/roles.md", import.meta.url);
const TOKENS = Object.fromEntries(ROLE_NAMES.map((role) => [role, `${role}-token-of-this-test`])) as Record<
  RoleName,
  string
>;

const TOKENS_FILE = join(mkdtempSync(join(tmpdir(), "tollgate-tokens-")), "tokens");
const writeTokens = (tokens: Readonly<Record<string, string>>) =>
  writeFileSync(
    TOKENS_FILE,
    Object.entries(tokens)
      .map(([role, token]) => `${role}/${role}-1:${token}\n`)
      .join(""),
  );
writeTokens(TOKENS);
afterAll(() => rmSync(dirname(TOKENS_FILE), { recursive: true }));

const gateway = useGateway({
  env: {
    TOLLGATE_AUTH: "iam",
    TOLLGATE_TOKEN: "the-token-of-everything",
    TOLLGATE_TOKENS_FILE: TOKENS_FILE,
  },
});
const scope = useScope();

const codeOf = async (call: () => unknown): Promise<number> => {
  try {
    await call();
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
};

type Stream = AsyncIterable<unknown> & { cancel(): void; end?(): void };

/** The code that a stream is refused with; 0: it is accepted. Refusals arrive in the order of calls, so the response of another call ends the wait. */
async function streamCodeOf(stream: Stream, other: () => Promise<unknown>): Promise<number> {
  const refused = stream[Symbol.asyncIterator]()
    .next()
    .then(
      () => 0,
      (error: unknown) => (error as { code: number }).code,
    );
  stream.end?.();
  const code = await Promise.race([refused, other().then(() => 0)]);
  stream.cancel();
  await refused;
  return code;
}

const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

describe("roles of operators", () => {
  const rows = ALL.flatMap((service) => service.methods.map((method) => ({ service, method })));

  it("every service of the operators' API is tested", () => {
    const services = Object.values(control).filter((one) => "kind" in one && one.kind === "service");
    expect(services.filter((service) => !(ALL as readonly unknown[]).includes(service))).toEqual([]);
    expect(services.length).toBeGreaterThan(7);
  });

  it("every method lists who may call it: a method without roles cannot be called", () => {
    expect(
      rows.filter(({ method }) => rolesOf(method).length === 0).map(({ method }) => method.name),
    ).toEqual([]);
  });

  it("the page for users is what the definitions say", () => {
    const table = rows.map(
      ({ service, method }) =>
        `| ${service.name} | ${method.name} | ${ROLE_NAMES.map((role) => (rolesOf(method).includes(role) ? "yes" : "")).join(" | ")} |`,
    );
    const page = readFileSync(PAGE, "utf8");
    const [head = "", rest = ""] = page.split(/(?<=\| --- \| --- \| --- \| --- \| --- \| --- \|\n)/);
    const expected = `${head}${table.join("\n")}\n${rest.slice(rest.search(/\n(?!\|)/) + 1)}`;
    if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, "utf8")).toBe(expected);
  });

  it.each(rows.map(({ service, method }) => [`${service.name}.${method.name}`, service, method] as const))(
    "%s takes the roles that its definition names, and no other",
    async (_name, service, method) => {
      const at = (METERING as readonly unknown[]).includes(service) ? gateway.meteringPort : gateway.grpcPort;
      const of = async (token: string) => {
        const to = { address: `127.0.0.1:${at}`, token };
        const client = createClient(service as typeof ConfigService, to);
        const whoami = createClient(IdentityService, to);
        const call = client[method.localName as "get"] as (request: object) => unknown;
        const request =
          method.methodKind === "client_streaming"
            ? (async function* () {
                yield {};
              })()
            : {};
        const isOneResponse = method.methodKind === "unary" || method.methodKind === "client_streaming";
        const code = isOneResponse
          ? await codeOf(() => call(request))
          : await streamCodeOf(call({}) as Stream, () =>
              // Metering does not know the method, which is a response as well.
              whoami.getCallerIdentity({}).catch(() => undefined),
            );
        client.close();
        whoami.close();
        return code;
      };
      expect(await of("nobody's token, and a long one")).toBe(UNAUTHENTICATED);
      for (const role of ROLE_NAMES) {
        const code = await of(TOKENS[role]);
        if (rolesOf(method).includes(role)) expect([UNAUTHENTICATED, PERMISSION_DENIED]).not.toContain(code);
        else expect(code).toBe(PERMISSION_DENIED);
      }
    },
  );

  const as = (role: RoleName) => {
    const client = createClient(ConfigService, {
      address: `127.0.0.1:${gateway.grpcPort}`,
      token: TOKENS[role],
    });
    scope.defer(() => client.close());
    return client;
  };
  const entity = (kind: string, id: string, spec: object, labels = {}) => ({
    kind,
    apiId: "",
    id,
    labels,
    specJson: JSON.stringify(spec),
  });

  it("tokens of a replaced file are used at once, and those that it no longer has are refused", async () => {
    const of = (token: string) => {
      const client = createClient(ConfigService, { address: `127.0.0.1:${gateway.grpcPort}`, token });
      scope.defer(() => client.close());
      return () => codeOf(() => client.list({ kind: "RestApi" }));
    };
    const [before, after] = [of(TOKENS.viewer), of("another-token-of-this-test")];
    expect([await before(), await after()]).toEqual([0, UNAUTHENTICATED]);
    writeTokens({ ...TOKENS, viewer: "another-token-of-this-test" });
    expect([await before(), await after()]).toEqual([UNAUTHENTICATED, 0]);
    writeTokens(TOKENS);
    expect([await before(), await after()]).toEqual([0, UNAUTHENTICATED]);
  });

  it("deployers write config, and not who may do what", async () => {
    const deployer = as("deployer");
    await deployer.apply({ entities: [entity("RestApi", "rolesapi01", { name: "by a deployer" })] });
    await expect(deployer.apply({ entities: [entity("User", "eve", {})] })).rejects.toMatchObject({
      code: PERMISSION_DENIED,
      details: "'deployer-1' has the role deployer; writing a User requires admin",
    });
    await as("admin").apply({ entities: [entity("User", "bob", {}, { app: "roles" })] });
    await expect(deployer.delete({ kind: "User", id: "bob" })).rejects.toMatchObject({
      code: PERMISSION_DENIED,
    });
    const pruning = {
      entities: [entity("RestApi", "rolesapi01", { name: "pruned" })],
      prune: { labels: { app: "roles" } },
    };
    await expect(deployer.apply(pruning)).rejects.toMatchObject({ code: PERMISSION_DENIED });
    expect((await as("viewer").get({ kind: "RestApi", id: "rolesapi01" })).entity?.specJson).toContain(
      "by a deployer",
    );
  });

  it("secrets are for admins", async () => {
    await as("admin").apply({ entities: [entity("ApiKey", "k1", { enabled: true })] });
    const asked = { kind: "ApiKey", id: "k1", includeSecrets: true };
    for (const role of ["viewer", "deployer"] as const) {
      await expect(as(role).get(asked)).rejects.toMatchObject({ code: PERMISSION_DENIED });
      await expect(as(role).list({ kind: "ApiKey", includeSecrets: true })).rejects.toMatchObject({
        code: PERMISSION_DENIED,
      });
      expect((await as(role).get({ ...asked, includeSecrets: false })).entity?.specJson).not.toContain(
        "value",
      );
    }
    expect((await as("admin").get(asked)).entity?.specJson).toContain('"value"');
  });

  it("whoami shows the caller", async () => {
    const { stdout } = await tollgate(["identity", "whoami"], {
      ...gateway.cliEnv,
      TOLLGATE_TOKEN: TOKENS.viewer,
    });
    expect(stdout).toBe("viewer-1: viewer\n");
  });
});

describe("mutual TLS", () => {
  it("a certificate's organizational unit is the role, and plaintext and strangers are turned away", async () => {
    embeddedOnly("it starts an embedded gateway of its own");
    const authority = scope.use(await startAuthority());
    const stranger = scope.use(await startAuthority());
    const server = await authority.issue("localhost", "server");
    const folder = mkdtempSync(join(tmpdir(), "tollgate-tls-"));
    scope.defer(() => rmSync(folder, { recursive: true, force: true }));
    await using secured = await startGateway({
      TOLLGATE_AUTH: "iam",
      TOLLGATE_TOKEN: "the-token-of-everything",
      TOLLGATE_TLS_CERT: server.certificate,
      TOLLGATE_TLS_KEY: server.key,
      TOLLGATE_TLS_CA: authority.file,
    });
    const address = `127.0.0.1:${secured.grpcPort}`;
    const list = async (options: Partial<ClientOptions>) => {
      const client = createClient(ConfigService, { address, ...options });
      const apply = () => client.apply({ entities: [entityOf("tlsapi0001")], dryRun: true });
      const codes = [await codeOf(() => client.list({})), await codeOf(apply)];
      client.close();
      return codes;
    };
    const entityOf = (id: string) => ({ kind: "RestApi", id, specJson: '{"name":"tls"}' });
    const tlsOf = async (name: string, unit: string, by = authority) => {
      const { certificate, key } = await by.issue(name, unit);
      return { certificate, key, authorities: authority.file };
    };
    expect(await list({ tls: await tlsOf("ci", "deployer") })).toEqual([0, 0]);
    expect(await list({ tls: await tlsOf("grafana", "viewer") })).toEqual([0, PERMISSION_DENIED]);
    expect(await list({ tls: await tlsOf("no-role", "marketing") })).toEqual([
      UNAUTHENTICATED,
      UNAUTHENTICATED,
    ]);
    const token = "the-token-of-everything";
    expect(await list({ tls: await tlsOf("no-role", "marketing"), token })).toEqual([0, 0]);
    const UNAVAILABLE = 14;
    expect(await list({ token })).toEqual([UNAVAILABLE, UNAVAILABLE]);
    expect(await list({ tls: await tlsOf("ci", "deployer", stranger) })).toEqual([UNAVAILABLE, UNAVAILABLE]);
    const certificate = await authority.issue("cli", "admin");
    const cli = await tollgate(["identity", "whoami"], {
      TOLLGATE_ENDPOINT: address,
      TOLLGATE_TLS_CERT: certificate.certificate,
      TOLLGATE_TLS_KEY: certificate.key,
      TOLLGATE_TLS_CA: authority.file,
    });
    expect([cli.stderr, cli.stdout]).toEqual(["", "cli: admin\n"]);
  });
});
