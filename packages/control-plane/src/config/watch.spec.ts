import { createLogger } from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { expect, it } from "vitest";
import { AuditLog } from "../audit/audit-log.ts";
import { openEmbeddedAuditStore } from "../audit/embedded-audit-store.ts";
import { startApplication } from "../application.ts";
import { Sealer } from "../secret/sealer.ts";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import { connectMetering } from "../usage/usage-reader.ts";
import { apply } from "./apply.ts";
import { watch } from "./watch.ts";

it("Watch is OUT_OF_RANGE after a revision that is compacted, and says how to go on", async () => {
  const logger = createLogger("test", "silent");
  await using store = openEmbeddedStore({ file: ":memory:" });
  await using application = await startApplication({
    store,
    audit: (accounts) =>
      new AuditLog({
        store: openEmbeddedAuditStore({ file: ":memory:" }),
        retentionDays: 1,
        isPublished: false,
        accounts,
        logger,
      }),
    sealer: new Sealer([]),
    upstreams: openUpstreams({
      region: "us-east-1",
      serviceEndpoints: {},
      credentials: undefined,
      credentialsFile: undefined,
      clientCertificates: undefined,
    }),
    usage: connectMetering({ address: "127.0.0.1:1" }),
    logger,
  });
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
  await store.compact(Number(last.revision));
  const changes = watch(
    application,
    { accountId: "", afterRevision: first.revision } as never,
    new AbortController().signal,
  );
  await expect(changes.next()).rejects.toMatchObject({
    reason: "expired",
    message: `revision ${first.revision} is compacted: list, then watch from the list's revision`,
  });
});
