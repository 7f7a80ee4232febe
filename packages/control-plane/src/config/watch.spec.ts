import { expect, it } from "vitest";
import { startMemoryApplication } from "../memory-application.ts";
import { apply } from "./apply.ts";
import { watch } from "./watch.ts";

it("Watch is OUT_OF_RANGE after a compacted revision, and says how to continue", async () => {
  await using application = await startMemoryApplication();
  const write = (name: string) =>
    apply(
      application,
      {
        accountId: "",
        dryRun: false,
        expectedRevision: 0n,
        entities: [
          {
            kind: "RestApi",
            apiId: "",
            id: "watchapi01",
            labels: {},
            specJson: JSON.stringify({ name }),
          },
        ],
      } as never,
      { name: "test", roles: ["admin"] },
    );
  const first = await write("a");
  const last = await write("b");
  await application.store.compact(Number(last.revision));
  const changes = watch(
    application,
    { accountId: "", afterRevision: first.revision } as never,
    new AbortController().signal,
  );
  await expect(changes.next()).rejects.toMatchObject({
    reason: "expired",
    message: `revision ${first.revision} was compacted: list the entities, then watch from the revision of the list`,
  });
});
