export { JavaList, SilentMap, type Value } from "./java/value.ts";
export { PatternError } from "./java/regex.ts";
export {
  compileRequestExpression,
  compileResponseExpression,
  readMember,
  InvalidJson,
  readsBody,
  stageVariable,
  type Compiled,
  type Expression,
  type RequestValues,
  type ResponseValues,
} from "./parameter.ts";
export { compileSelectionPattern } from "./selection-pattern.ts";
export { fromPlain, toPlain, type PlainValue } from "./java/transfer.ts";
export { mockStatusCode } from "./mock-status.ts";
export { ContextObject, Overrides } from "./template/context.ts";
export { Input, JsonBody, parametersMap, type RequestParameters } from "./template/input.ts";
export {
  compileTemplate,
  TEMPLATE_MAX_BYTES,
  type Template,
  type TemplateValues,
} from "./template/template.ts";
export { RenderError } from "./velocity/state.ts";
