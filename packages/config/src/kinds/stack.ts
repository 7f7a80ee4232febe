import { z } from "zod";
import { defineKind } from "../define-kind.ts";

const spec = z.strictObject({
  description: z.string().max(1024).optional(),
  /** As given; values with NoEcho are ****. */
  parameters: z.record(z.string(), z.string()).default({}),
  /** By logical id. */
  resources: z
    .record(z.string(), z.strictObject({ type: z.string().min(1), physicalId: z.string() }))
    .default({}),
  /** Names of the exports of other stacks that it imports. */
  imports: z.array(z.string().min(1)).default([]),
  outputs: z
    .record(
      z.string(),
      z.strictObject({
        value: z.string(),
        description: z.string().optional(),
        /** The name under which other stacks of the account can import it. */
        exportName: z.string().min(1).optional(),
      }),
    )
    .default({}),
});

export const Stack = defineKind({
  name: "Stack",
  about:
    "A stack: the input of a template and its result (AWS: CloudFormation stack). Its id is its name. ApplyStack creates it.",
  spec,
  collection: "stacks",
  id: {
    pattern: /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
    help: "is the stack's name and must be 1 to 128 letters, digits and hyphens, starting with a letter",
  },
  quota: "stacks",
});
