import { CONTEXT_VARIABLES } from "../values/context-variables.ts";

/** Variables of REST APIs that calls always have (AWS: $context variables for REST APIs). */
const ALWAYS = new Set([...CONTEXT_VARIABLES, "isCanaryRequest"]);
/** Those that depend on what a method or a stage is set up with. */
const CONDITIONAL =
  /^(authorizer\.|identity\.(apiKey|apiKeyId|vpcId|vpceId|clientCert\.)|wafResponseCode$|webaclArn$)/;

/** isContextVariable says whether there is such a variable: a mapping that names another is refused when it is deployed. */
export const isContextVariable = (name: string): boolean => ALWAYS.has(name) || CONDITIONAL.test(name);
