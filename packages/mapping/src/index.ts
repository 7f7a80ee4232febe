export {
  compileRequestExpression,
  compileResponseExpression,
  type Compiled,
  type Expression,
  type RequestValues,
  type ResponseValues,
} from "./parameter.ts";
export { compileSelectionPattern } from "./selection-pattern.ts";
export { compileTemplate, mockStatusCode } from "./template.ts";
