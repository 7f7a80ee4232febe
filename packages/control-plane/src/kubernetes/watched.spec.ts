import { expect, it, vi } from "vitest";
import { type ApiCall, ApiError, type ApiServer } from "./api-server.ts";
import { Watched } from "./watched.ts";

const object = (name: string, resourceVersion: string) => ({
  metadata: { namespace: "shop", name, uid: name, resourceVersion },
});
const page = (resourceVersion: string, names: readonly string[], next?: string) => ({
  metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
  items: names.map((name) => object(name, resourceVersion)),
});

/** An API server that responds to each list and each watch with the next of what is given; a watch that is not given lasts. */
function openApi(lists: readonly (object | Error)[], watches: readonly (readonly object[] | Error)[]) {
  const [nextLists, nextWatches] = [[...lists], [...watches]];
  const calls: string[] = [];
  const note = ({ query = {} }: ApiCall) => {
    const { watch, resourceVersion, continue: from } = query;
    calls.push(watch ? `watch ${resourceVersion}` : from ? `list ${from}` : "list");
  };
  const api = {
    call: async (call: ApiCall) => {
      note(call);
      const next = nextLists.shift();
      if (next === undefined || next instanceof Error) throw next ?? new ApiError(0, "", "no list is left");
      return next;
    },
    async *lines(call: ApiCall) {
      note(call);
      const next = nextWatches.shift();
      if (next instanceof Error) throw next;
      if (next) return yield* next;
      await new Promise((_, reject) =>
        call.signal?.addEventListener("abort", () => reject(call.signal?.reason)),
      );
    },
  } as unknown as ApiServer;
  return { api, calls };
}

/** Watches until all that is given was asked for, and returns what was asked and what has changed. */
async function follow(lists: readonly (object | Error)[], watches: readonly (readonly object[] | Error)[]) {
  vi.useFakeTimers();
  const { api, calls } = openApi(lists, watches);
  const changes: string[] = [];
  const ended = new AbortController();
  const watched = new Watched({
    api,
    kind: "TollgateConfig",
    namespace: undefined,
    selector: undefined,
    onChange: (before, after) =>
      changes.push(`${after ? (before ? "changed" : "new") : "gone"} ${(after ?? before)?.name}`),
    logger: { warn: () => undefined, info: () => undefined } as never,
  });
  const running = watched.run(ended.signal);
  const asked = lists.length + watches.length + 1;
  while (calls.length < asked) await vi.advanceTimersByTimeAsync(1_000);
  ended.abort();
  await running;
  vi.useRealTimers();
  return { calls, changes, watched };
}

const event = (type: string, name: string, version: string) => ({ type, object: object(name, version) });

it("objects are listed page by page, and watched from then on", async () => {
  const { calls, changes, watched } = await follow(
    [page("5", ["a"], "more"), page("5", ["b"])],
    [[event("ADDED", "c", "6"), event("MODIFIED", "a", "7"), event("DELETED", "b", "8")]],
  );
  expect(calls).toEqual(["list", "list more", "watch 5", "watch 8"]);
  expect(changes).toEqual(["new a", "new b", "new c", "changed a", "gone b"]);
  expect([watched.has("shop", "a"), watched.has("shop", "b")]).toEqual([true, false]);
  expect(watched.covers("any")).toBe(true);
});

it("a watch goes on from the last bookmark, without a list", async () => {
  const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: "900" } } };
  const { calls, changes } = await follow([page("5", ["a"])], [[bookmark]]);
  expect(calls).toEqual(["list", "watch 5", "watch 900"]);
  expect(changes).toEqual(["new a"]);
});

it("a watch that breaks off is begun again from where it was", async () => {
  const { calls } = await follow(
    [page("5", [])],
    [[event("ADDED", "a", "6")], new ApiError(0, "", "broken off")],
  );
  expect(calls).toEqual(["list", "watch 5", "watch 6", "watch 6"]);
});

it.each([
  ["as a response", new ApiError(410, "Expired", "too old")],
  ["as an event", [{ type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } }]],
])(
  "a version that the API server has forgotten (410 Gone), %s, is followed by a list, and only what differs is reported",
  async (_, gone) => {
    const later = {
      metadata: { resourceVersion: "50" },
      items: [object("a", "5"), object("c", "40"), object("d", "41")],
    };
    const first = {
      metadata: { resourceVersion: "9" },
      items: [object("a", "5"), object("b", "5"), object("c", "5")],
    };
    const { calls, changes } = await follow([first, later], [gone]);
    expect(calls).toEqual(["list", "watch 9", "list", "watch 50"]);
    expect(changes).toEqual(["new a", "new b", "new c", "gone b", "changed c", "new d"]);
  },
);

it("an API server that cannot be reached is asked again, and everything is there afterwards", async () => {
  const away = new ApiError(0, "Unreachable", "away");
  const { calls, changes } = await follow([away, away, page("5", ["a"])], [away]);
  expect(calls).toEqual(["list", "list", "list", "watch 5", "watch 5"]);
  expect(changes).toEqual(["new a"]);
});
