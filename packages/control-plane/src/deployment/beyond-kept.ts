import type { StoredEntity } from "../mirror/mirror.ts";

/** Of the automatic deployments that no stage points at so many stay, to go back to. */
const KEPT = 20;

/** beyondKept are those of an API's unused automatic deployments that go: all but the newest. */
export const beyondKept = (unused: readonly StoredEntity[]): StoredEntity[] =>
  [...unused].sort((a, b) => b.modRevision - a.modRevision).slice(KEPT);
