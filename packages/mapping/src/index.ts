export { fromPlain, type PlainValue, toPlain } from "./java/transfer.ts";
export { JavaList, SilentMap, type Value } from "./java/value.ts";
export { mockStatusCode } from "./mock-status.ts";
export {
  type Compiled,
  compileRequestExpression,
  compileResponseExpression,
  type Expression,
  InvalidJson,
  isLiteral,
  type RequestValues,
  type ResponseValues,
  readMember,
  readsBody,
  stageVariable,
} from "./parameter.ts";
export {
  compileSelectionExpression,
  type SelectionExpression,
  type SelectionValues,
  selectedMember,
} from "./selection-expression.ts";
export { compileSelectionPattern } from "./selection-pattern.ts";
export { ContextObject, Overrides } from "./template/context.ts";
export { Input, JsonBody, parametersMap, type RequestParameters } from "./template/input.ts";
export {
  compileTemplate,
  isConstantTemplate,
  TEMPLATE_MAX_BYTES,
  type Template,
  type TemplateValues,
} from "./template/template.ts";
export { RenderError } from "./velocity/state.ts";
