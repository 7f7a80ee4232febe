import { Nothing, type Value } from "../java/value.ts";

/** Dialect holds the switches in which API Gateway's templates differ from plain Apache Velocity 1.7. */
export interface Dialect {
  /** The value of a missing property, of an unknown name and of the literal null where it is compared. */
  readonly missing: Value;
  /** A reference without a value prints its own source; otherwise it prints nothing. */
  readonly printsSource: boolean;
  /** A reference without a value is true in a condition. */
  readonly missingIsTrue: boolean;
  /** #set assigns null (Velocity: directive.set.null.allowed). */
  readonly assignsNull: boolean;
}

export const PLAIN_VELOCITY: Dialect = {
  missing: null,
  printsSource: true,
  missingIsTrue: false,
  assignsNull: false,
};

/** As recorded on API Gateway: `Hello $name` prints "Hello ", and `#if($value)` takes its branch. */
export const API_GATEWAY: Dialect = {
  missing: Nothing.value,
  printsSource: false,
  missingIsTrue: true,
  assignsNull: true,
};
