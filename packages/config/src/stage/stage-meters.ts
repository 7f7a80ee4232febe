import { z } from "zod";
import { facts } from "../facts.ts";
import { CUSTOM_METER_HELP, isCustomMeter } from "../meter/custom-meter.ts";
import { parseMemberPath } from "../meter/member-path.ts";
import { raise } from "../problem.ts";

const METERS_MAX = 10;
const ROUTES_MAX = 300;
/** A name of a header (RFC 9110, 5.6.2). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const ROUTE = /^(\$default|[A-Z]{1,20} \/.*)$/;

/** A meter of one's own: which whole number in responses is what a call used. */
const stageMeter = z
  .strictObject({
    /** Its name in price plans and sums of usage, such as custom.tokens. */
    meter: z.string().superRefine((name, context): void => {
      if (!isCustomMeter(name)) raise(context, facts.CUSTOM_METER_INVALID({ name, help: CUSTOM_METER_HELP }));
    }),
    /** Where the number is in a JSON body, or in lines of JSON, such as $.usage.total_tokens: names and indexes only. */
    jsonPath: z
      .string()
      .max(500)
      .superRefine((path, context) => {
        if (!parseMemberPath(path)) raise(context, facts.MEMBER_PATH_INVALID({ path }));
      })
      .optional(),
    /** The header of the response that has it. */
    header: z.string().regex(HEADER_NAME, "must be the name of a header, such as X-Tokens").optional(),
    /** Only of these routes, such as 'POST /chat', 'ANY /chat' or '$default'; absent: of all. */
    routes: z
      .array(z.string().regex(ROUTE, "must be a method and a path, such as 'POST /chat', or $default"))
      .min(1)
      .max(ROUTES_MAX)
      .optional(),
  })
  .superRefine(({ jsonPath, header }, context) => {
    if ((jsonPath === undefined) === (header === undefined)) raise(context, facts.METER_SOURCE_EITHER());
  });

export type StageMeter = z.output<typeof stageMeter>;

/** stageMeters are the meters of one's own of a stage. Each name once: what it is must not depend on the order. */
export const stageMeters = z
  .array(stageMeter)
  .max(METERS_MAX)
  .superRefine((meters, context) => {
    for (const [i, { meter, routes }] of meters.entries())
      if (meters.slice(0, i).some((before) => before.meter === meter && overlap(before.routes, routes)))
        raise(context, facts.LISTED_TWICE({ name: meter }), [i, "meter"]);
  });

/** Whether a route may be of both; absent routes are all. */
const overlap = (some?: readonly string[], others?: readonly string[]): boolean =>
  !some || !others || some.some((route) => others.includes(route));
