export { type Artifact, ArtifactSet, createArtifact } from "./artifact.ts";
export type { Update } from "./assembly.ts";
export { ALL_KEYS } from "./delivery.ts";
export type {
  Denial,
  JoinedNode,
  LiveNodes,
  NodeCondition,
  NodeFacts,
  NodeHealth,
  NodeStatus,
  Peer,
  RefusedPart,
} from "./node.ts";
export type { NodeStream } from "./node-stream.ts";
export { type Placement, type Release, Releases } from "./releases.ts";
export { sealedParts, unsealed } from "./sealed-snapshot.ts";
export {
  decodeSnapshot,
  encodeSnapshot,
  readSnapshot,
  type Snapshot,
  writeSnapshot,
} from "./snapshot-file.ts";
