import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { CUSTOM_METER_HELP } from "./custom-meter.ts";
import { isMeter, type Meter, meters } from "./meters.ts";

/** meterName is what is counted: one of the meters that every API has, or one of one's own. */
export const meterName: z.ZodType<Meter, string> = z.string().transform((name, context) => {
  if (isMeter(name)) return name;
  raise(context, facts.METER_UNKNOWN({ name, known: meters.join(", "), help: CUSTOM_METER_HELP }));
  return z.NEVER;
});
