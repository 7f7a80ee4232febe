import type { ServiceHead } from "../endpoint.ts";
import type { JsonOperation } from "../json/operation.ts";

/** ShapedService is a service whose operations have shapes, so that any protocol can carry them. */
export interface ShapedService extends ServiceHead {
  /** Name of the service's shape in its model, such as GraniteServiceVersion20100801. */
  readonly shapeName: string;
  /** Namespace of its shapes, such as com.amazonaws.cloudwatch.v2010_08_01. */
  readonly shapeNamespace: string;
  /** Of XML. */
  readonly xmlNamespace: string;
  /** Codes of errors in the query protocol, by the names of their shapes, where they differ. */
  readonly queryCodes: Readonly<Record<string, string>>;
  readonly operations: readonly JsonOperation[];
}
