import { LogRefusal } from "../refusal.ts";

/** QueryProblem is what is wrong with a query, and where: characters from `start` on and before `end`. */
export class QueryProblem extends LogRefusal {
  readonly start: number;
  readonly end: number;

  constructor(message: string, { start, end }: { readonly start: number; readonly end: number }) {
    super("invalid", message);
    this.start = start;
    this.end = end;
  }
}
