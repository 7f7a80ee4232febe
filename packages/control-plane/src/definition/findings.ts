import { type Problem, problemAt } from "@tollgate/config";
import type { Finding } from "@tollgate/openapi";
import { Finding_Level as Level } from "@tollgate/proto/control";
import { facts } from "../facts.ts";

const LEVELS = { error: Level.ERROR, warning: Level.WARNING, info: Level.INFO };

/** toProtoFinding converts a finding to its wire form. */
export const toProtoFinding = ({ level, pointer, line, message }: Finding) => ({
  level: LEVELS[level],
  pointer,
  line,
  message,
});

/** problemOfFinding converts a finding that prevents a request to a problem. */
export const problemOfFinding = ({ line, pointer, message }: Finding): Problem =>
  problemAt(`line ${line}, ${pointer}`, facts.FINDING({ finding: message }));
