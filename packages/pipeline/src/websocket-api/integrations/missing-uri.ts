import type { WebSocketIntegration } from "@tollgate/config";
import { problemAt } from "@tollgate/config/runtime";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { facts } from "../../engine/facts.ts";

/** missingUri reports an integration that does not say where it leads. */
export const missingUri = ({ integrationType: type }: WebSocketIntegration, at: string): BuildOutcome => ({
  ok: false,
  problems: [problemAt(`${at}.integrationUri`, facts.URI_MISSING({ type }))],
});
