export {
  planStack,
  type PlannedOutput,
  type PlannedResource,
  type PlanOptions,
  type StackPlan,
} from "./stack-plan.ts";
export type { PlannedDeployment, PlannedEntity } from "./stack-draft.ts";
export { isTemplate } from "./template.ts";
