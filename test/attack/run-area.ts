import { type Gateway, startGateway } from "../kit/gateway.ts";
import { seeded } from "../kit/seeded.ts";
import type { AttackArea, AttackCase } from "./area.ts";

/** Of all gateways: calls name APIs in their path, and hosts of all forms; what reads their requests may be chosen. */
export const GATEWAY_ENV = {
  TOLLGATE_PATH_STYLE_HOSTS: "*",
  ...(process.env.TOLLGATE_LISTENER && { TOLLGATE_LISTENER: process.env.TOLLGATE_LISTENER }),
};

export interface RunOptions {
  readonly seed: number;
  readonly quick: boolean;
  /** The gateway that areas share. */
  readonly gateway: () => Promise<Gateway>;
  /** Only the cases whose names contain this. */
  readonly only?: string;
}

/** What became of an area. */
export interface AreaReport {
  readonly name: string;
  readonly cases: number;
  readonly seconds: number;
  /** The cases that did not hold, as text. */
  readonly failures: readonly string[];
  /** What was measured. */
  readonly notes: readonly string[];
}

const CASE_TIMEOUT_MS = 180_000;

/** runArea runs all cases of an area. A case that does not end is one that did not hold. */
export async function runArea(
  area: AttackArea,
  { seed, quick, gateway, only = "" }: RunOptions,
): Promise<AreaReport> {
  await using scope = new AsyncDisposableStack();
  const random = seeded(seed);
  const startedMs = performance.now();
  const notes: string[] = [];
  const prepared = await area.prepare({
    random,
    quick,
    scope,
    note: (line) => notes.push(`${area.name}: ${line}`),
    pick: (items, count) => (quick ? sample(items, count, random) : items),
    gateway: async (env) =>
      env === undefined ? gateway() : scope.use(await startGateway({ ...GATEWAY_ENV, ...env })),
  });
  const cases = prepared.filter(({ name }) => name.includes(only));
  if (cases.length === 0) throw new Error(`${area.name} has no cases`);
  const failures: string[] = [];
  const left = [...cases];
  const attackAll = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const happened = await outcomeOf(one);
      if (happened !== undefined)
        failures.push(
          `${area.name}: ${one.name}\n  input:    ${shown(one.input)}\n  expected: ${one.expectation}\n  happened: ${happened}`,
        );
    }
  };
  await Promise.all(Array.from({ length: area.concurrency }, attackAll));
  return {
    name: area.name,
    cases: cases.length,
    seconds: (performance.now() - startedMs) / 1000,
    failures,
    notes,
  };
}

async function outcomeOf({ attack }: AttackCase): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no end after ${CASE_TIMEOUT_MS} ms`), CASE_TIMEOUT_MS);
  try {
    return await Promise.race([attack(), late.promise]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes as a JavaScript string literal shows them: to be read, and to be copied. */
const SHOWN_CHARS = 400;
const shown = (input: string) =>
  JSON.stringify(input.length > SHOWN_CHARS ? `${input.slice(0, SHOWN_CHARS)} ...` : input);

function sample<T>(items: readonly T[], count: number, random: () => number): readonly T[] {
  const left = [...items];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0)
    taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken;
}
