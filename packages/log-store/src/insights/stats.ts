import { AGGREGATE_FUNCTIONS, type Aggregate } from "./aggregates.ts";
import { type Compiled, compileExpression } from "./expression.ts";
import type { Memory } from "./memory.ts";
import { QueryProblem } from "./query-problem.ts";
import { Row } from "./row.ts";
import type { Command, Expression } from "./syntax.ts";
import { compare, owned, Time, textOf, type Value } from "./value.ts";

type Stats = Extract<Command, { readonly type: "stats" }>;
type Call = Extract<Expression, { readonly type: "call" }>;

/** What a group takes besides its key. */
const GROUP_BYTES = 200;
/** What each of its aggregates takes before it has seen a row. */
const AGGREGATE_BYTES = 300;

/** AggregateCall is one aggregate of a command: where its value is in the row of a group, and how its arguments are computed. */
interface AggregateCall {
  readonly place: string;
  readonly create: (memory: Memory) => Aggregate;
  readonly args: readonly Compiled[];
}

interface Group {
  readonly by: readonly Value[];
  readonly aggregates: readonly Aggregate[];
}

/** Groups adds rows up by the values of expressions. */
export interface Groups {
  add(row: Row): void;
  /** A row for each group: by the values that they are grouped by, the newest first where these are times. */
  rows(): Row[];
}

/** CompiledStats is a compiled stats command. */
export interface CompiledStats {
  readonly columns: readonly string[];
  readonly start: (memory: Memory) => Groups;
}

function aggregateOf(call: Call, place: string): AggregateCall | undefined {
  const known = Object.hasOwn(AGGREGATE_FUNCTIONS, call.name) ? AGGREGATE_FUNCTIONS[call.name] : undefined;
  if (!known) return undefined;
  const { args, takesAll = false, create } = known;
  const given = takesAll && call.args[0]?.type === "all" ? [] : call.args;
  if (given.length !== args && !(takesAll && given.length === 0))
    throw new QueryProblem(`${call.name} has ${given.length} arguments; it takes ${args}`, call);
  return { place, create, args: given.map((arg) => compileExpression(arg)) };
}

/** The fields that an expression names. */
function fieldsOf(expression: Expression): readonly string[] {
  switch (expression.type) {
    case "field":
      return [expression.name];
    case "binary":
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
    case "call":
      return expression.args.flatMap(fieldsOf);
    case "negative":
    case "not":
    case "in":
    case "like":
      return fieldsOf(expression.of);
    default:
      return [];
  }
}

const inOrder = (one: Group, other: Group): number => {
  for (const [i, value] of one.by.entries()) {
    const order = compare(value, other.by[i]);
    if (order !== 0) return value instanceof Time ? -order : order;
  }
  return 0;
};

/** compileStats compiles a stats command. Throws QueryProblem. */
export function compileStats({ items, by }: Stats): CompiledStats {
  const calls: AggregateCall[] = [];
  /** Items may name what is before them, and what rows are grouped by. */
  const isKnown = (expression: Expression, at: number): boolean =>
    [...by, ...items.slice(0, at)].some(({ name }) => fieldsOf(expression).includes(name));
  const compiledItems = items.map(({ expression, name }, i) => {
    const before = calls.length;
    const run = compileExpression(expression, (call) => {
      // No name of a field has a line feed before it.
      const found = aggregateOf(call, `\n${calls.length}`);
      if (!found) return undefined;
      calls.push(found);
      return (row) => row.get(found.place);
    });
    if (calls.length === before && !isKnown(expression, i))
      throw new QueryProblem(`${name} has no aggregate such as count(*) or max(${name})`, expression);
    return { name, run };
  });
  const compiledBy = by.map(({ expression, name }) => ({ name, run: compileExpression(expression) }));
  const rowOf = ({ by: values, aggregates }: Group): Row => {
    const row = new Row();
    for (const [i, { name }] of compiledBy.entries()) row.set(name, values[i]);
    for (const [i, { place }] of calls.entries()) row.set(place, aggregates[i]?.value());
    for (const { name, run } of compiledItems) row.set(name, run(row));
    return row;
  };
  return {
    columns: [...compiledBy, ...compiledItems].map(({ name }) => name),
    start(memory) {
      const groups = new Map<string, Group>();
      const groupOf = (values: readonly Value[]): Group => {
        const key = values.length === 0 ? "" : JSON.stringify(values.map(textOf));
        const known = groups.get(key);
        if (known) return known;
        const group = { by: values.map(owned), aggregates: calls.map(({ create }) => create(memory)) };
        groups.set(key, group);
        memory.take(GROUP_BYTES + calls.length * AGGREGATE_BYTES + 4 * key.length);
        return group;
      };
      return {
        add(row) {
          const { aggregates } = groupOf(compiledBy.map(({ run }) => run(row)));
          for (const [i, { args }] of calls.entries())
            aggregates[i]?.add(
              args.map((arg) => arg(row)),
              row,
            );
          memory.check();
        },
        rows: () =>
          [...groups.values()].sort(inOrder).map((group) => {
            const row = rowOf(group);
            memory.take(row.bytes);
            memory.check();
            return row;
          }),
      };
    },
  };
}
