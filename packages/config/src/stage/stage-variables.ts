import { z } from "zod";

/** Stage variables: names of letters, digits and _, values of a limited alphabet (AWS: Stage, variables). */
export const stageVariables = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9_]{1,64}$/, "a stage variable's name must be 1 to 64 of a-z, A-Z, 0-9 and _"),
    z
      .string()
      .max(512)
      .regex(
        /^[A-Za-z0-9\-._~:/?#&=,]*$/,
        "a stage variable's value may only hold a-z, A-Z, 0-9 and -._~:/?#&=,",
      ),
  )
  .refine((variables) => Object.keys(variables).length <= 100, "a stage has at most 100 variables");
