import type { TestProject } from "vitest/node";
import { startEtcd } from "./etcd.ts";
import { startKafka } from "./kafka.ts";
import { startPostgres } from "./postgres.ts";

/** Services are what a cluster needs besides Tollgate: started once for a run, and emptied for each file. */
export interface Services {
  readonly etcd: string;
  readonly kafka: string;
  readonly postgres: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** undefined: specs run against the embedded gateway. */
    services?: Services;
  }
}

/** The set-up of the project "cluster". */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scope = new AsyncDisposableStack();
  const starting = [startEtcd(), startKafka(), startPostgres()] as const;
  for (const started of await Promise.allSettled(starting))
    if (started.status === "fulfilled") scope.use(started.value);
  try {
    const [etcd, kafka, postgres] = await Promise.all(starting);
    project.provide("services", { etcd: etcd.url, kafka: kafka.broker, postgres: postgres.url });
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
  return () => scope.disposeAsync();
}
