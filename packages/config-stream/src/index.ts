export { type Artifact, ArtifactSet, createArtifact } from "./artifact.ts";
export type { Update } from "./assembly.ts";
export {
  ALL_KEYS,
  type Denial,
  type JoinedNode,
  type LiveNodes,
  type NodeFacts,
  type NodeHealth,
  type NodeStatus,
  type NodeStream,
  type Peer,
  type RefusedPart,
  type Release,
} from "./node-session.ts";
export { Publisher } from "./publisher.ts";
export { type Placement, Releases } from "./releases.ts";
export {
  decodeSnapshot,
  encodeSnapshot,
  readSnapshot,
  type Snapshot,
  writeSnapshot,
} from "./snapshot-file.ts";
export { Subscriber, type SubscriberOptions, type SubscriberStatus } from "./subscriber.ts";
