import { JsonSyntaxError, parseJson } from "../java/json.ts";
import {
  HostObject,
  type JavaMap,
  JSON_TEXT,
  jsonText,
  type Meter,
  Nothing,
  textOf,
  type Value,
} from "../java/value.ts";
import { compilePath } from "../json-path/evaluate.ts";
import { JsonPathError } from "../json-path/syntax.ts";
import { RenderError } from "../velocity/state.ts";

/** Parameters of the request, the last value of each name. */
export interface RequestParameters {
  readonly path: ReadonlyMap<string, string>;
  readonly querystring: ReadonlyMap<string, string>;
  readonly header: ReadonlyMap<string, string>;
}

const asMap = (values: ReadonlyMap<string, string>): JavaMap => new Map(values);

/** parametersMap returns a request's parameters as templates see them. */
export const parametersMap = ({ path, querystring, header }: RequestParameters): JavaMap =>
  new Map<Value, Value>([
    ["path", asMap(path)],
    ["querystring", asMap(querystring)],
    ["header", asMap(header)],
  ]);

/** JsonBody is a body that is parsed at most once, and only if a part of it is read. */
export class JsonBody {
  /** As it came. */
  readonly raw: string;
  readonly text: string;
  #parsed: Value | undefined = undefined;
  #state: "text" | "json" | "not JSON" = "text";

  /** Finds the values of body expressions that were already read elsewhere. */
  readonly members: ((expression: string) => string | undefined) | undefined;

  /** An empty body is {}. */
  constructor(text: string, members?: (expression: string) => string | undefined) {
    this.raw = text;
    this.members = members;
    this.text = text === "" ? "{}" : text;
  }

  get isParsed(): boolean {
    return this.#state !== "text";
  }

  /** undefined: the body is not JSON. */
  get value(): Value | undefined {
    if (this.#state === "text")
      try {
        this.#parsed = parseJson(this.text);
        this.#state = "json";
      } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        this.#state = "not JSON";
      }
    return this.#parsed;
  }

  /** at reads a JSONPath; undefined: nothing is there, or a null, or the body is not JSON. */
  at(path: string, meter?: Meter): Value | undefined {
    const { value } = this;
    if (value === undefined) return undefined;
    try {
      return compilePath(path)(value, meter) ?? undefined;
    } catch (error) {
      throw error instanceof JsonPathError ? new RenderError(error.message, { cause: error }) : error;
    }
  }
}

/** Input is $input: the payload and the request's parameters. */
export class Input extends HostObject {
  readonly #body: JsonBody;
  readonly #parameters: () => RequestParameters;
  #params: JavaMap | undefined = undefined;

  constructor(body: JsonBody, parameters: () => RequestParameters) {
    super();
    this.#body = body;
    this.#parameters = parameters;
  }

  get(name: string): Value | undefined {
    return name === "body" ? this.#body.text : undefined;
  }

  call(name: string, args: readonly Value[], meter: Meter): Value | undefined {
    const [first] = args;
    if (name === "params" && args.length <= 1)
      return first === undefined ? this.#all() : this.#named(textOf(first));
    if (first === undefined || args.length !== 1) return undefined;
    if (name !== "path" && name !== "json") return undefined;
    if (!this.#body.isParsed) meter.spendOnText(this.#body.text.length);
    const path = textOf(first);
    // The root of a body that is not JSON is its text.
    const found = this.#body.at(path, meter) ?? (this.#isText(path) ? this.#body.text : undefined);
    if (name === "path") return found ?? Nothing.value;
    const text = found === undefined ? '""' : jsonText(found, JSON_TEXT);
    meter.spendOnText(text.length);
    return text;
  }

  #isText(path: string): boolean {
    return path.trim() === "$" && this.#body.value === undefined;
  }

  #all(): JavaMap {
    this.#params ??= parametersMap(this.#parameters());
    return this.#params;
  }

  #named(name: string): string {
    const { path, querystring, header } = this.#parameters();
    return path.get(name) ?? querystring.get(name) ?? header.get(name) ?? "";
  }

  toString(): string {
    return "";
  }
}
