import { z } from "zod";

/** Where and how the calls of a stage are logged. */
export const accessLogSettings = z.strictObject({
  /** ARN of a log group, or of a delivery stream amazon-apigateway-*. Absent: API-Gateway-Access-Logs_{api}/{stage}. */
  destinationArn: z.string().min(1).optional(),
  /** Text with $context variables, such as '$context.requestId $context.status'. Absent: calls are not logged. */
  format: z.string().min(1).max(3072).optional(),
});

export type AccessLogSettings = z.output<typeof accessLogSettings>;
