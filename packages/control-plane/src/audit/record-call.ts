import type { AuditEvent, AuditLog } from "./audit-log.ts";
import type { AuditedCall } from "./audit-record.ts";

/** Why a call failed, as its record has it. */
export interface RecordedFailure {
  readonly code: string;
  readonly message: string;
}

/** recordCall does the work of a call with a record before it begins and one with its result. The end of what failed is reported if it cannot be recorded. */
export async function recordCall<Result>(
  audit: Pick<AuditLog, "open" | "within">,
  call: AuditedCall,
  work: () => Promise<Result>,
  {
    failureOf,
    report,
  }: { readonly failureOf: (error: unknown) => RecordedFailure; readonly report: (error: unknown) => void },
): Promise<Result> {
  const event: AuditEvent = audit.open();
  try {
    await event.begin(call);
    const result = await audit.within(event, work);
    await event.end(call, undefined);
    return result;
  } catch (error) {
    await event.end(call, failureOf(error)).catch(report);
    throw error;
  }
}
