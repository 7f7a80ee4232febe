import { z } from "zod";

/** A stack: what a template was made of, and what became of it (AWS: CloudFormation stack). Its id is its name. Made by ApplyStack. */
export const stackSpec = z.strictObject({
  description: z.string().max(1024).optional(),
  /** As they were given; those with NoEcho are ****. */
  parameters: z.record(z.string(), z.string()).default({}),
  /** By logical id. */
  resources: z
    .record(z.string(), z.strictObject({ type: z.string().min(1), physicalId: z.string() }))
    .default({}),
  /** Names of what it imports of other stacks. */
  imports: z.array(z.string().min(1)).default([]),
  outputs: z
    .record(
      z.string(),
      z.strictObject({
        value: z.string(),
        description: z.string().optional(),
        /** The name by which other stacks of the account import it. */
        exportName: z.string().min(1).optional(),
      }),
    )
    .default({}),
});
