import type { MessageInitShape } from "@bufbuild/protobuf";
import { canonicalJson, digestOf, type Entity, parseName } from "@tollgate/config";
import { Change_Action as Action, type ChangeSchema, type WatchRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { accountOf, shownJson } from "./wire.ts";

/** watch implements ConfigService.Watch. It reads the store's history, so that a client that was disconnected misses nothing. */
export async function* watch({ store, mirror }: Application, request: WatchRequest, signal: AbortSignal) {
  const accountId = accountOf(request.accountId);
  const afterRevision = Number(request.afterRevision) || mirror.revision;
  for await (const item of store.watch({ prefix: `${accountId}/`, afterRevision, signal })) {
    if (item.kind === "listing")
      throw new Refusal(
        "expired",
        `revision ${afterRevision} was compacted: list the entities, then watch from the revision of the list`,
      );
    const changes = item.events.flatMap((event): MessageInitShape<typeof ChangeSchema>[] => {
      const key = event.type === "put" ? event.entry.key : event.key;
      const ref = parseName(key.slice(accountId.length + 1));
      if (!ref) return [];
      const action: Action = event.type === "delete" ? Action.DELETED : Action.UPDATED;
      if (event.type === "delete")
        return [{ action, entity: { ...ref, revision: BigInt(event.modRevision) } }];
      const { labels, spec } = JSON.parse(event.entry.value) as Pick<Entity, "labels" | "spec">;
      const specJson = canonicalJson(spec);
      return [
        {
          action,
          entity: {
            ...ref,
            labels: { ...labels },
            specJson: shownJson(ref.kind, specJson),
            digest: digestOf(specJson),
            revision: BigInt(event.entry.modRevision),
          },
        },
      ];
    });
    if (changes.length > 0) yield { revision: BigInt(item.revision), changes };
  }
}
