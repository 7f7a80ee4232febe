/** The engines under the templates, for comparison with others. */
export { HostObject, JSON_TEXT, jsonText, Nothing, type Value } from "./java/value.ts";
export { compilePath } from "./json-path/evaluate.ts";
export { Input, JsonBody } from "./template/input.ts";
export { util } from "./template/util.ts";
export { compileVelocity } from "./velocity/compile.ts";
export { API_GATEWAY, PLAIN_VELOCITY } from "./velocity/dialect.ts";
