import { DEFAULT_ROUTE } from "@tollgate/config/runtime";
import { RenderError, type SelectionExpression } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { andThen, type Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import type { Match } from "../engine/stage.ts";
import { type BodyReads, bodyReadsOf, MessageValues } from "./message-values.ts";

/** Keys of the routes that no message leads to. */
export const CONNECT_ROUTE = "$connect";
export const DISCONNECT_ROUTE = "$disconnect";

/** MessageRoutes finds the route of a message by the key that the API's route selection expression makes of it. */
export class MessageRoutes<T> {
  readonly #select: SelectionExpression;
  readonly #reads: BodyReads;
  readonly #byKey: ReadonlyMap<string, T>;
  readonly #default: T;
  /** Whatever the expression makes of a message, there is no other route than the default one. */
  readonly #hasOne: boolean;
  readonly #ports: Pick<Ports, "bodyWork">;
  /** Takes the messages of an API without $default, and those whose route cannot be found. */
  readonly otherwise: T;

  constructor(
    select: SelectionExpression,
    byKey: ReadonlyMap<string, T>,
    otherwise: T,
    ports: Pick<Ports, "bodyWork">,
  ) {
    this.#select = select;
    this.#reads = bodyReadsOf(select.reads);
    this.#byKey = byKey;
    this.#default = byKey.get(DEFAULT_ROUTE) ?? otherwise;
    this.#hasOne = byKey.size === (byKey.has(DEFAULT_ROUTE) ? 1 : 0);
    this.#ports = ports;
    this.otherwise = otherwise;
  }

  of(call: Call): Late<T> {
    if (this.#hasOne) return this.#default;
    return andThen(new MessageValues(call).readFor(this.#reads, this.#ports), (values) => {
      const key = this.#keyOf(values);
      return (key === undefined ? undefined : this.#byKey.get(key)) ?? this.#default;
    });
  }

  /** undefined: the expression cannot be evaluated on the message. */
  #keyOf(values: MessageValues): string | undefined {
    try {
      return this.#select(values);
    } catch (error) {
      // It looks at too much of the message.
      if (error instanceof RenderError) return undefined;
      throw error;
    }
  }
}

const ORDER_PATH = /^\/(?:@|%40)connections\/([^/]+)\/?$/;
const LIST_PATH = /^\/(?:@|%40)connections$/;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** HttpRoutes are what a WebSocket API does over HTTP: it lets clients in, takes orders for their connections, and lists these. */
export class HttpRoutes<T> {
  readonly #connect: Match<T>;
  readonly #list: Match<T>;
  readonly #orders: ReadonlyMap<string, T>;

  /** `orders` are by their methods. */
  constructor(connect: T, list: T, orders: ReadonlyMap<string, T>) {
    this.#connect = { value: connect, parameterValues: [] };
    this.#list = { value: list, parameterValues: [] };
    this.#orders = orders;
  }

  match(path: string, method: string): Match<T> | undefined {
    if (path === "/" || path === "") return this.#connect;
    if (method === "GET" && LIST_PATH.test(path)) return this.#list;
    const id = ORDER_PATH.exec(path)?.[1];
    const order = id === undefined ? undefined : this.#orders.get(method);
    return order === undefined || id === undefined
      ? undefined
      : { value: order, parameterValues: [decoded(id)] };
  }

  /** Paths of WebSocket APIs lead to what they say, and are shown to no upstream. */
  alike(): readonly T[] {
    return [];
  }
}
