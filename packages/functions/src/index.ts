export { startFunctionsHost, type FunctionDefinition, type FunctionsHost } from "./functions-host.ts";
