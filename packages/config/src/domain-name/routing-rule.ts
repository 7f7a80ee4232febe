import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

const matchBasePaths = z.strictObject({ anyOf: z.array(z.string().min(1)).min(1) });

const matchHeaders = z.strictObject({
  anyOf: z
    .array(
      z.strictObject({
        header: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/, "must be the name of a header"),
        /** Wildcards are only at its ends: pre*, *suf, *mid*. */
        valueGlob: z.string().regex(/^\*?[^*]*\*?$/, "may have * only at its beginning and at its end"),
      }),
    )
    .min(1),
});

const condition = z.strictObject({
  matchBasePaths: matchBasePaths.optional(),
  matchHeaders: matchHeaders.optional(),
});

const invokeApi = z.strictObject({
  /** A REST API. */
  apiId: z.string().min(1),
  stage: z.string().min(1),
  /** Whether the API gets the path without the base path that matched. */
  stripBasePath: z.boolean().default(false),
});

/** How many conditions of each kind AWS allows. */
const MOST = { matchBasePaths: 1, matchHeaders: 2 } as const;

/** A rule that sends calls of a domain to a stage if all its conditions hold (AWS: RoutingRule). Without conditions it takes all calls. */
export const routingRule = z
  .strictObject({
    /** Rules with lower numbers are tried first. */
    priority: z.int().min(1).max(1_000_000),
    conditions: z.array(condition).default([]),
    actions: z.array(z.strictObject({ invokeApi })).length(1),
  })
  .superRefine(({ conditions }, context) => {
    for (const [what, most] of Object.entries(MOST) as [keyof typeof MOST, number][])
      if (conditions.filter((one) => one[what] !== undefined).length > most)
        raise(context, facts.TOO_MANY({ what, most }), ["conditions"]);
  });

export type RoutingRule = z.output<typeof routingRule>;
