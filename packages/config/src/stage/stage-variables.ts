import { z } from "zod";

/** Stage variables: names of letters, digits and _, values of a limited alphabet (AWS: Stage, variables). */
export const stageVariables = z
  .record(
    z
      .string()
      .regex(
        /^[A-Za-z0-9_]{1,64}$/,
        "the name of a stage variable must be 1 to 64 characters of a-z, A-Z, 0-9 and _",
      ),
    z
      .string()
      .max(512)
      .regex(
        /^[A-Za-z0-9\-._~:/?#&=,]*$/,
        "the value of a stage variable must contain only a-z, A-Z, 0-9 and -._~:/?#&=,",
      ),
  )
  .refine((variables) => Object.keys(variables).length <= 100, "a stage can have at most 100 variables");
