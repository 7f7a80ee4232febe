import type { Finding } from "@tollgate/openapi";
import { Finding_Level as Level } from "@tollgate/proto/control";

const LEVELS = { error: Level.ERROR, warning: Level.WARNING, info: Level.INFO };

/** toProtoFinding is a finding on the wire. */
export const toProtoFinding = ({ level, pointer, line, message }: Finding) => ({
  ...{ level: LEVELS[level], pointer, line, message },
});
