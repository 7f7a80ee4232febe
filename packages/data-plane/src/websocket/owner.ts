import { createHash } from "node:crypto";
import { ownerTagOf } from "@tollgate/pipeline";

/** Owner is one life of a worker: who has a connection. */
export interface Owner {
  readonly nodeId: string;
  readonly worker: number;
  readonly boot: string;
}

/** ownerTag names an owner in the ids of its connections. */
export const ownerTag = ({ nodeId, worker, boot }: Owner): string =>
  ownerTagOf(createHash("sha256").update(`${nodeId}/${worker}/${boot}`).digest());
