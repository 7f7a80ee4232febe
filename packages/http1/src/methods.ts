import { METHODS } from "node:http";

/** Methods that requests may have: those that Node's parser takes. "post" is none: who matches methods, such as a policy, would take it for another than POST. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
