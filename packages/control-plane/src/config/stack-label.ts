/** The label of the entities that a stack owns: the stack's name. */
export const STACK_LABEL = "tollgate/stack";
