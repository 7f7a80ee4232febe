export { type Artifact, createArtifact } from "./artifact.ts";
export { ALL_KEYS, type NodeStatus, type NodeStream, Publisher, type RefusedPart } from "./publisher.ts";
export { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot-file.ts";
export { Subscriber, type SubscriberOptions, type SubscriberStatus, type Update } from "./subscriber.ts";
