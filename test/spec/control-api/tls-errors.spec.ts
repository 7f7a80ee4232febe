import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient, type TlsFiles } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { explainUnreachable } from "../../../packages/cli/src/unreachable.ts";
import { Health } from "../../../packages/proto/src/gen/grpc/health/v1/health_pb.ts";
import { startAuthority } from "../../kit/certificate.ts";

type Authority = Awaited<ReturnType<typeof startAuthority>>;
type Given = { readonly own: Authority; readonly other: Authority };

const scope = new AsyncDisposableStack();
let given: Given;
beforeAll(async () => {
  given = { own: scope.use(await startAuthority()), other: scope.use(await startAuthority()) };
});
afterAll(() => scope.disposeAsync());

const without = { certificate: undefined, key: undefined };
const trusting = ({ file: authorities }: Authority): TlsFiles => ({ ...without, authorities });
const unauthenticated = async (authority: Authority): Promise<TlsFiles> => ({
  ...(await authority.issue("server", "admin")),
  authorities: undefined,
});

it.each<{
  readonly what: string;
  readonly server: (given: Given) => Promise<TlsFiles | undefined>;
  readonly client: (given: Given) => Promise<TlsFiles | undefined>;
  readonly host?: string;
  readonly says: RegExp;
}>([
  {
    what: "a server whose authority is not known",
    server: ({ own }) => unauthenticated(own),
    client: async ({ other }) => trusting(other),
    says: /no authority that this machine trusts .*\nSet TOLLGATE_TLS_CA to the file/s,
  },
  {
    what: "a certificate of the system's authorities that did not sign the server's",
    server: ({ own }) => unauthenticated(own),
    client: async () => ({ ...without, authorities: undefined }),
    says: /no authority that this machine trusts .*\nSet TOLLGATE_TLS_CA to the file/s,
  },
  {
    what: "a certificate that has expired",
    server: async ({ own }) => ({
      ...(await own.issue("server", "admin", undefined, -1)),
      authorities: undefined,
    }),
    client: async ({ own }) => trusting(own),
    says: /its certificate has expired .*\nReplace it/s,
  },
  {
    what: "a certificate for another name",
    server: ({ own }) => unauthenticated(own),
    client: async ({ own }) => trusting(own),
    host: "127.0.0.2",
    says: /its certificate is for another name .*\nUse a name of the certificate/s,
  },
  {
    what: "a server without TLS",
    server: async () => undefined,
    client: async ({ own }) => trusting(own),
    says: /it does not use TLS, but TOLLGATE_TLS_CA .*\nUnset them/s,
  },
  {
    what: "no TLS, where the server requires it",
    server: ({ own }) => unauthenticated(own),
    client: async () => undefined,
    says: /it closed the connection at once .*\nIt may require TLS: set TOLLGATE_TLS_CA/s,
  },
  {
    what: "no client certificate, where the server requires one",
    server: async ({ own }) => ({ ...(await own.issue("server", "admin")), authorities: own.file }),
    client: async ({ own }) => trusting(own),
    says: /TOLLGATE_TLS_CERT/,
  },
  {
    what: "a client certificate of another authority",
    server: async ({ own }) => ({ ...(await own.issue("server", "admin")), authorities: own.file }),
    client: async ({ own, other }) => ({ ...(await other.issue("client", "admin")), authorities: own.file }),
    says: /TOLLGATE_TLS_CERT/,
  },
])("the command line names the cause of $what", async ({ server, client, host = "localhost", says }) => {
  await using grpc = await startGrpcServer({
    host: host === "localhost" ? "127.0.0.1" : host,
    port: 0,
    tokens: undefined,
    tls: await server(given),
    services: [],
    register: () => undefined,
  });
  const tls = await client(given);
  const health = createClient(Health, { address: `${host}:${grpc.port}`, tls });
  const refused = await health.check({}).then(
    () => ({ code: 0, details: "" }),
    (error: { code: number; details: string }) => error,
  );
  health.close();
  expect(refused.code).toBe(14);
  const text = explainUnreachable(refused.details, { isTls: tls !== undefined });
  expect(text).toMatch(/^cannot reach Tollgate: /);
  expect(text).toMatch(says);
  expect(text).not.toContain("Is it running?");
});
