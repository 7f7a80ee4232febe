export { ALL_KEYS, Publisher, type NodeStatus, type NodeStream, type RefusedPart } from "./publisher.ts";
export { createArtifact, type Artifact } from "./artifact.ts";
export { readSnapshot, writeSnapshot, type Snapshot } from "./snapshot-file.ts";
export { Subscriber, type SubscriberOptions, type SubscriberStatus, type Update } from "./subscriber.ts";
