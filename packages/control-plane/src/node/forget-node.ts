import type { ForgetNodeRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";

/** forgetNode is NodeService.ForgetNode. */
export async function forgetNode({ nodeStore, nodes }: Application, { id }: ForgetNodeRequest) {
  const claimed = await nodeStore.get(id);
  if (!claimed) throw new Refusal("not-found", `there is no node ${id}`);
  const isConnected = nodes
    .all()
    .some(({ nodeId, missingSinceUnixMs }) => nodeId === id && missingSinceUnixMs === undefined);
  if (isConnected)
    throw new Refusal(
      "failed-precondition",
      `node ${id} is connected; stop it first (process ${claimed.claim.pid} on ${claimed.claim.host})`,
    );
  if ((await nodeStore.write(id, undefined, claimed.modRevision)) === undefined)
    throw new Refusal("conflict", `node ${id} has changed meanwhile`);
  return {};
}
