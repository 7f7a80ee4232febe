import { AwsError, badRequest, conflict, notFound } from "@tollgate/aws-api";
import { Refusal } from "../refusal.ts";
import { inAwsWords } from "./aws-words.ts";

const CONCURRENT = "Unable to complete operation due to concurrent modification. Please try again later.";

/** toAwsError is a refusal as an error of AWS's control APIs. Other errors stay as they are. */
export function toAwsError(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const { reason, message, problems } = error;
  switch (reason) {
    case "not-found":
      return notFound(message);
    case "conflict":
      return conflict(CONCURRENT);
    case "limit":
      return new AwsError("LimitExceededException", message);
    case "unavailable":
      return new AwsError("ServiceUnavailableException", message);
    default:
      return badRequest(problems.length > 0 ? problems.map(inAwsWords).join("; ") : message);
  }
}
