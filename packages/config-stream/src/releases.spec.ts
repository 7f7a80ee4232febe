import { beforeEach, describe, expect, it } from "vitest";
import { createArtifact } from "./artifact.ts";
import { Releases } from "./releases.ts";

let releases: Releases;
beforeEach(() => {
  releases = new Releases({ isStaged: true });
});

function publish(version: number, text: string): void {
  releases.newest.artifacts.set(createArtifact("a", Buffer.from(text)));
  releases.newest.version = version;
  releases.published();
}
const newest = () => ({
  version: releases.newest.version,
  artifacts: releases.newest.artifacts.clone(),
});
const has = (nodeId: string, hasConfig = true) => {
  const release = releases.of(nodeId, hasConfig);
  return release && [release.version, release.artifacts.get("a")?.content.toString()];
};
const nobody = new Set<string>();

describe("in waves", () => {
  it("members have the candidate, and the others what is stable", () => {
    publish(1, "one");
    const stable = newest();
    publish(2, "two");
    const candidate = newest();
    publish(3, "three");
    releases.place({ stable, candidate, members: new Set(["m"]) });
    expect([has("m"), has("n"), has("empty", false)]).toEqual([
      [2, "two"],
      [1, "one"],
      [1, "one"],
    ]);
    releases.place({ stable: candidate, candidate: undefined, members: nobody });
    expect([has("m"), has("n")]).toEqual([
      [2, "two"],
      [2, "two"],
    ]);
  });

  it("a version that changes nothing is what nodes have already, whether it came before or after they got it", () => {
    publish(1, "one");
    const stable = newest();
    publish(2, "one");
    releases.place({ stable, candidate: undefined, members: nobody });
    expect(has("n")).toEqual([2, "one"]);
    publish(3, "one");
    expect(has("n")).toEqual([3, "one"]);
    publish(4, "other");
    expect(has("n")).toEqual([3, "one"]);
  });

  it("nodes keep what they have until a placement is known, and get nothing", () => {
    publish(2, "two");
    expect([has("n"), has("empty", false)]).toEqual([undefined, undefined]);
  });

  it("without a version that is known to be stable, only nodes without config get the newest", () => {
    publish(2, "two");
    releases.place({ stable: undefined, candidate: undefined, members: nobody });
    expect([has("n"), has("empty", false)]).toEqual([undefined, [2, "two"]]);
  });
});

it("at once, all nodes have the newest version, and none before there is one", () => {
  releases = new Releases({ isStaged: false });
  expect(has("n")).toBeUndefined();
  publish(1, "one");
  expect(has("n")).toEqual([1, "one"]);
});

it("a set that was cloned stays as it is, and tells the differences", () => {
  publish(1, "one");
  const { artifacts } = releases.newest;
  const copy = artifacts.clone();
  expect(copy.setDigest).toEqual(artifacts.setDigest);
  artifacts.set(createArtifact("a", Buffer.from("two")));
  artifacts.set(createArtifact("b", Buffer.from("new")));
  copy.set(createArtifact("c", Buffer.from("old")));
  expect([...artifacts.differsFrom(copy)].sort()).toEqual(["a", "b", "c"]);
  expect(copy.differsFrom(copy)).toEqual([]);
});
