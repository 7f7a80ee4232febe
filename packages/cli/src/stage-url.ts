import { apiUrl, isKind, isStage } from "@tollgate/config";
import type { Entity } from "@tollgate/proto/control";
import type { Session } from "./session.ts";

/** urlOfStages says where clients call the stages of APIs; undefined: the control plane does not say. */
export async function urlOfStages({
  status,
}: Pick<Session, "status">): Promise<((apiId: string, stageName: string) => string) | undefined> {
  try {
    const { apiUrl: publicUrl } = await status.getStatus({});
    return (apiId, stageName) =>
      apiUrl(publicUrl, apiId) + (stageName === "$default" ? "/" : `/${stageName}`);
  } catch {
    // A control plane of an older version, or one that does not let this caller ask.
    return undefined;
  }
}

/** isStageEntity reports whether an entity is a stage, which clients can call. */
export const isStageEntity = ({ kind }: Pick<Entity, "kind">): boolean => isKind(kind) && isStage(kind);
