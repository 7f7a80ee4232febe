import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { type Boto, startBoto } from "./boto.ts";
import { startClusterGateway } from "./cluster-gateway.ts";
import { type ServedFunction, startFunctions } from "./functions.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { startHttpUpstream, type Upstream, type UpstreamHandler } from "./upstream.ts";

/**
 * use starts something before the tests of the file or describe block that calls it, and disposes of it after them; what was used first
 * goes last. Its members are read when a test reads them.
 */
export function use<T extends AsyncDisposable>(start: () => Promise<T>): T {
  let started: T | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => {
    await started?.[Symbol.asyncDispose]();
    started = undefined;
  });
  return new Proxy({} as T, {
    get(_target, name) {
      if (!started)
        throw new Error(`${String(name)} is read before it is started: read it in a test or hook`);
      const value: unknown = Reflect.get(started, name, started);
      return typeof value === "function" ? (value.bind(started) as unknown) : value;
    },
  });
}

/** useScope is a place for what tests start themselves: it is disposed of after the last one. */
export function useScope(): AsyncDisposableStack {
  const scope = new AsyncDisposableStack();
  afterAll(() => scope.disposeAsync());
  return scope;
}

export interface GatewayOptions {
  /** Why the tests of the file can only run on embedded parts: the project "cluster" leaves the file out, and counts it. */
  readonly embeddedOnly?: string;
  /** Functions of test/fixtures/functions that its integrations invoke. */
  readonly functions?: readonly ServedFunction[];
  /** Settings; a function where they are known only when the tests run. */
  readonly env?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
}

const services = inject("services");

/** useGateway is a whole Tollgate for the tests of a file: on embedded parts, or by the project "cluster" on a cluster of two nodes. */
export function useGateway({ functions = [], env = {} }: GatewayOptions = {}): Gateway {
  const host = functions.length > 0 ? use(() => startFunctions(...functions)) : undefined;
  return use(() => {
    const settings = { ...host?.env, ...(typeof env === "function" ? env() : env) };
    return services ? startClusterGateway(services, settings) : startGateway(settings);
  });
}

/** IAM are the settings of a gateway that checks who calls. */
export const IAM = { TOLLGATE_AUTH: "iam", TOLLGATE_TOKEN: "operators-token" } as const;

/** useBoto is boto3's client of API Gateway, as the account itself. */
export const useBoto = (gateway: Gateway): Boto => use(() => startBoto(gateway.controlUrl, gateway.rootKey));

/** useUpstream serves what integrations call. */
export const useUpstream = (handle: UpstreamHandler): Upstream => use(() => startHttpUpstream(handle));

/** useFolder is an empty folder. */
export function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-spec-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
