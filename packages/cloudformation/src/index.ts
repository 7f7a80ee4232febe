import { localFilesOf } from "./local-files.ts";
import { readTemplate } from "./template.ts";

export { isTemplate } from "./is-template.ts";
export type { PlannedOutput } from "./outputs.ts";
export type { PlannedDeployment, PlannedEntity } from "./stack-draft.ts";
export {
  type PlannedResource,
  type PlanOptions,
  planStack,
  type StackPlan,
} from "./stack-plan.ts";

/** namedFiles are the files beside a template that it names. Throws DefinitionError if the template is not valid. */
export const namedFiles = (text: string): readonly string[] => localFilesOf(readTemplate(text));
