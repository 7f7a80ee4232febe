import { type CalendarUnit, calendarPeriods } from "@tollgate/billing";
import { isTimeZone } from "@tollgate/config";
import { UsagePeriod as Period, type QueryUnitsRequest } from "@tollgate/proto/usage";
import { Refusal } from "../refusal.ts";
import { SLOT_MS } from "../usage-store/tally.ts";
import { refuseTimes } from "./time-range.ts";

/** About 83 days of hours. */
const PERIODS_MAX = 2_000;

/** SummedPeriod is a part of a range that is summed up by itself. */
export interface SummedPeriod {
  /** As a row names it: 0 of TOTAL. */
  readonly name: number;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

const unitOf: Readonly<Record<number, CalendarUnit>> = {
  [Period.HOUR]: "hour",
  [Period.DAY]: "day",
  [Period.MONTH]: "month",
};

function calendar(
  unit: CalendarUnit,
  { startTimeUnixMs, timeZone }: QueryUnitsRequest,
  endUnixMs: number,
): readonly number[] {
  if (startTimeUnixMs <= 0n)
    throw new Refusal("start_time_unix_ms is needed with the periods HOUR, DAY and MONTH");
  if (timeZone !== "" && !isTimeZone(timeZone))
    throw new Refusal(`time_zone '${timeZone}' must be one of the IANA database, such as Europe/Berlin`);
  const startUnixMs = Number(startTimeUnixMs);
  return calendarPeriods(unit, { startUnixMs, endUnixMs, timeZone: timeZone || "UTC", max: PERIODS_MAX });
}

/** periodsOf are the periods of a request. */
export function periodsOf(request: QueryUnitsRequest, nowUnixMs: number): readonly SummedPeriod[] {
  const { period, startTimeUnixMs, endTimeUnixMs } = request;
  refuseTimes({ start_time_unix_ms: startTimeUnixMs, end_time_unix_ms: endTimeUnixMs });
  const isTotal = period === Period.UNSPECIFIED || period === Period.TOTAL;
  const end = Number(endTimeUnixMs) || (isTotal ? Number.MAX_SAFE_INTEGER : nowUnixMs);
  if (end <= Number(startTimeUnixMs))
    throw new Refusal("the range is empty: end_time_unix_ms must be after start_time_unix_ms");
  if (isTotal)
    return [
      { name: 0, startUnixMs: Math.floor(Number(startTimeUnixMs) / SLOT_MS) * SLOT_MS, endUnixMs: end },
    ];
  const unit = unitOf[period];
  if (!unit) throw new Refusal(`period ${period} must be TOTAL, HOUR, DAY or MONTH`);
  const bounds = calendar(unit, request, end);
  if (bounds.length - 1 > PERIODS_MAX)
    throw new Refusal(`the range has more than ${PERIODS_MAX} periods: ask for a part of it`);
  return bounds
    .slice(1)
    .map((bound, i) => ({ name: bounds[i] ?? 0, startUnixMs: bounds[i] ?? 0, endUnixMs: bound }));
}
