import { compileExpression } from "./expression.ts";
import { parseQuery, ROWS_MAX } from "./grammar.ts";
import { KeptRows, type Order } from "./kept-rows.ts";
import type { Memory } from "./memory.ts";
import { compileParse } from "./parse.ts";
import { Row } from "./row.ts";
import { type CompiledStats, compileStats } from "./stats.ts";
import type { Command, Item } from "./syntax.ts";
import { isTrue, owned, sortOrder, textOf } from "./value.ts";

/** CompiledQuery is a query that can be run over events, in whatever order they are read. */
export interface CompiledQuery {
  start(memory: Memory): RunningQuery;
}

export interface RunningQuery {
  /** Takes an event, and says whether it matches: it passes what comes before events are sorted, limited or added up. */
  take(row: Row): boolean;
  /** The rows of the result, each with its columns that have a value. */
  results(): ResultRow[];
}

export type ResultRow = readonly (readonly [field: string, value: string])[];

/** About what a row of a result takes of memory. */
export const bytesOfResult = (row: ResultRow): number =>
  row.reduce((bytes, [field, value]) => bytes + 2 * (field.length + value.length) + 100, 0);

/** Step changes or drops a row. */
type Step = (row: Row) => boolean;

/** Whole is a command that needs all rows. */
type Whole = (rows: Row[], memory: Memory) => Row[];

const DEFAULT_COLUMNS = ["@timestamp", "@message"];

const namesOf = (items: readonly Item[]): readonly string[] => items.map(({ name }) => name);

function compileItems(items: readonly Item[]): Step {
  const computed = items
    .filter(({ expression, name }) => expression.type !== "field" || expression.name !== name)
    .map(({ expression, name }) => ({ name, run: compileExpression(expression) }));
  return (row) => {
    for (const { name, run } of computed) row.set(name, run(row));
    return true;
  };
}

/** A command that looks at one row at a time; undefined: it needs all. */
function compileStep(command: Command): Step | undefined {
  switch (command.type) {
    case "fields":
    case "display":
      return compileItems(command.items);
    case "filter": {
      const test = compileExpression(command.test);
      return (row) => isTrue(test(row));
    }
    case "parse": {
      const parse = compileParse(command);
      return (row) => {
        parse(row);
        return true;
      };
    }
    default:
      return undefined;
  }
}

/** A sort: what a row is sorted by is computed once. */
interface Sort {
  readonly rank: (row: Row) => void;
  readonly order: Order;
}

function compileSort(terms: Extract<Command, { readonly type: "sort" }>["terms"]): Sort {
  const compiled = terms.map(({ expression }) => compileExpression(expression));
  return {
    rank(row) {
      row.rank = compiled.map((run) => run(row));
    },
    order(a, b) {
      for (const [i, { isDescending }] of terms.entries()) {
        const order = sortOrder(a.rank[i], b.rank[i]);
        if (order !== 0) return isDescending ? -order : order;
      }
      return 0;
    },
  };
}

/** Newest first, as events are without a sort. */
const newestFirst: Order = (a, b) => {
  const time = (b.event?.unixMs ?? 0) - (a.event?.unixMs ?? 0);
  if (time !== 0 || !a.event || !b.event) return time;
  const [one, other] = [a.event.id(), b.event.id()];
  return one < other ? 1 : one > other ? -1 : 0;
};

/** What rows have in common that are duplicates; undefined: a field is missing, and the row stays whatever others have (AWS: dedup). */
const keyBy = (items: readonly Item[]) => {
  const compiled = items.map(({ expression }) => compileExpression(expression));
  return (row: Row): string | undefined => {
    const values = compiled.map((run) => textOf(run(row)));
    return values.includes(undefined) ? undefined : JSON.stringify(values);
  };
};

/** The first of rows that are in order and have the same key. */
function deduplicated(items: readonly Item[]): Whole {
  const keyOf = keyBy(items);
  return (rows) => {
    const seen = new Set<string>();
    return rows.filter((row) => {
      const key = keyOf(row);
      if (key === undefined) return true;
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
  };
}

function compileWhole(command: Command): Whole {
  switch (command.type) {
    case "sort": {
      const { rank, order } = compileSort(command.terms);
      return (rows) => {
        for (const row of rows) rank(row);
        return rows.sort(order);
      };
    }
    case "limit":
      return (rows) => rows.slice(0, command.count);
    case "dedup":
      return deduplicated(command.items);
    case "stats": {
      const stats = compileStats(command);
      return (rows, memory) => {
        const groups = stats.start(memory);
        for (const row of rows) groups.add(row);
        return groups.rows();
      };
    }
    default: {
      const step = compileStep(command) as Step;
      return (rows, memory) =>
        rows.filter((row) => {
          const before = row.bytes;
          const isKept = step(row);
          memory.take(isKept ? row.bytes - before : -before);
          memory.check();
          return isKept;
        });
    }
  }
}

/** The columns of a result: those of the last display, or of stats, or all that fields and parse name. */
function columnsOf(commands: readonly Command[]): {
  readonly columns: readonly string[];
  readonly isOfEvents: boolean;
} {
  let shown: readonly string[] | undefined;
  let isDisplayed = false;
  let isOfEvents = true;
  let parsed: readonly string[] = [];
  for (const command of commands) {
    if (command.type === "stats") {
      [shown, parsed, isOfEvents, isDisplayed] = [
        namesOf([...command.by, ...command.items]),
        [],
        false,
        false,
      ];
    } else if (command.type === "display") {
      [shown, isDisplayed] = [namesOf(command.items), true];
    } else if (command.type === "fields" && !isDisplayed) {
      shown = [...(shown ?? []), ...namesOf(command.items)];
    } else if (command.type === "parse") parsed = [...parsed, ...command.names];
  }
  const columns = isDisplayed ? (shown ?? []) : [...(shown ?? DEFAULT_COLUMNS), ...parsed];
  return { columns: [...new Set(columns)], isOfEvents };
}

/** How many rows the commands after those that are kept in order can need. */
function neededOf(rest: readonly Command[], most: number): number {
  for (const command of rest) {
    if (command.type === "limit") return command.count;
    if (compileStep(command) === undefined || command.type === "filter") return Number.POSITIVE_INFINITY;
  }
  return most;
}

/** Collector takes the rows that pass the first commands. */
interface Collector {
  add(row: Row): void;
  rows(): Row[];
}

interface Collection {
  readonly start: (memory: Memory) => Collector;
  /** Commands that come after. */
  readonly rest: readonly Command[];
}

/** What keeps the rows that the first commands let pass: groups of stats, or rows in the order of the first sort. */
function compileCollection([first, ...more]: readonly Command[], most: number): Collection {
  if (first?.type === "stats") {
    const stats: CompiledStats = compileStats(first);
    return { start: (memory) => stats.start(memory), rest: more };
  }
  const isSorted = first?.type === "sort";
  const { rank, order: byTerms } = compileSort(isSorted ? first.terms : []);
  const order: Order = (a, b) => byTerms(a, b) || newestFirst(a, b);
  const after = isSorted || !first ? more : [first, ...more];
  const [next, ...others] = after;
  if (next?.type === "dedup") {
    const keyOf = keyBy(next.items);
    const count = neededOf(others, most);
    return { start: (memory) => new KeptRows({ rank, order, count, keyOf, memory }), rest: others };
  }
  const count = neededOf(after, most);
  return { start: (memory) => new KeptRows({ rank, order, count, memory }), rest: after };
}

/**
 * compileQuery compiles a query. `limit` is how many rows a result has where the query does not say so. Throws QueryProblem.
 */
export function compileQuery(text: string, limit = ROWS_MAX): CompiledQuery {
  const commands = parseQuery(text);
  const most = commands.some(({ type }) => type === "limit") ? ROWS_MAX : limit;
  const at = commands.findIndex((command) => ["stats", "sort", "limit", "dedup"].includes(command.type));
  const before = at < 0 ? commands : commands.slice(0, at);
  const steps = before.map((command) => compileStep(command) as Step);
  const collection = compileCollection(at < 0 ? [] : commands.slice(at), most);
  const rest = collection.rest.map(compileWhole);
  const { columns, isOfEvents } = columnsOf(commands);
  const shown = isOfEvents ? [...columns, "@ptr"] : columns;
  const resultOf = (row: Row): ResultRow =>
    shown.flatMap((field) => {
      const value = row.textOf(field);
      return value === undefined ? [] : [[field, owned(value) as string] as const];
    });
  return {
    start(memory) {
      const collector = collection.start(memory);
      return {
        take(row) {
          if (!steps.every((step) => step(row))) return false;
          collector.add(row);
          return true;
        },
        results() {
          let rows = collector.rows();
          for (const whole of rest) rows = whole(rows, memory);
          const shownRows = memory.another();
          return rows.slice(0, most).map((row) => {
            const result = resultOf(row);
            row.release();
            shownRows.take(bytesOfResult(result));
            shownRows.check();
            return result;
          });
        },
      };
    },
  };
}
