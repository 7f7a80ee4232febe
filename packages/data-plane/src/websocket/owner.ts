import { createHash } from "node:crypto";
import { ownerTagOf } from "@tollgate/pipeline/node";

/** Owner is one life of a worker: who has a connection. */
export interface Owner {
  readonly nodeId: string;
  readonly worker: number;
  readonly boot: string;
}

/** Of six bytes, half name the node, so that others know whom to ask. */
const NODE_BYTES = 3;

const hash = (text: string): Buffer => createHash("sha256").update(text).digest().subarray(0, NODE_BYTES);

/** Characters of the part of a tag that names the node. */
const NODE_CHARS = 4;

/** nodeTagOf is the tag of the node that a connection's id names. */
export const nodeTagOf = (connectionId: string): string => connectionId.slice(0, NODE_CHARS);

/** nodeTag is the part of an owner's tag that names the node. */
export const nodeTag = (nodeId: string): string => hash(nodeId).toString("base64url");

/** ownerTag names an owner in the ids of its connections. */
export const ownerTag = ({ nodeId, worker, boot }: Owner): string =>
  ownerTagOf(Buffer.concat([hash(nodeId), hash(`${worker}/${boot}`)]));
