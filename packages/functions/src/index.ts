export { type FunctionDefinition, type FunctionsHost, startFunctionsHost } from "./functions-host.ts";
