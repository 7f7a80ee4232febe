import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { UsageBatchSchema } from "@tollgate/proto/usage";
import { decodeEntity, encodeEntity } from "../../../packages/control-plane/src/mirror/stored-entity.ts";
import { forms } from "./forms.ts";

const FOLDER = new URL("./recorded/", import.meta.url);
const UPDATE = process.env.TOLLGATE_UPDATE_GOLDEN === "1";

/** The recorded files of a form, the oldest first: `{number}-{form}`. */
const recordedOf = (form: string): readonly string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.replace(/^\d+-/, "") === form)
    .sort((a, b) => Number.parseInt(a) - Number.parseInt(b));

const contentOf = (file: string | undefined): Buffer | undefined =>
  file === undefined ? undefined : readFileSync(new URL(file, FOLDER));

describe.each(Object.entries(forms))("what is stored as %s", (form, { write, read, expected }) => {
  it.runIf(write)(
    "is what the newest recorded file has: another form is recorded beside the old ones",
    async () => {
      const recorded = recordedOf(form);
      const written = await write?.();
      if (UPDATE && written && !contentOf(recorded.at(-1))?.equals(written))
        writeFileSync(new URL(`${recorded.length + 1}-${form}`, FOLDER), written);
      expect(written).toEqual(contentOf(recordedOf(form).at(-1)));
    },
  );

  it("is read, whichever version wrote it", async () => {
    const recorded = recordedOf(form);
    expect(recorded).not.toEqual([]);
    for (const file of recorded) expect(await read(contentOf(file) as Buffer), file).toEqual(await expected);
  });
});

describe("what a later version added", () => {
  it("stays in an entity that this version reads and stores again", () => {
    const ref = { kind: "ApiKey", apiId: "", id: "key1" } as const;
    const later = { ...JSON.parse(String(contentOf("1-entity.json"))), format: 99 } as { spec: object };
    const value = JSON.stringify({ ...later, spec: { ...later.spec, addedLater: { a: 1 } } });
    const { entity } = decodeEntity(ref, { value, modRevision: 1 });
    const stored = JSON.parse(encodeEntity(entity, { createdUnixMs: 5, updatedUnixMs: 6 })) as {
      spec: object;
    };
    expect(stored.spec).toMatchObject({ name: "shop", addedLater: { a: 1 } });
  });

  it("stays in a batch that is passed on", () => {
    const bytes = toBinary(UsageBatchSchema, create(UsageBatchSchema, { source: "a" }));
    // Field 200, a number.
    const later = Buffer.concat([bytes, Buffer.from([0xc0, 0x0c, 7])]);
    expect(Buffer.from(toBinary(UsageBatchSchema, fromBinary(UsageBatchSchema, later)))).toEqual(later);
  });
});
