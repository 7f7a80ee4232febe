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
const has = (nodeId: string, hasConfig = true) => {
  const release = releases.of(nodeId, hasConfig);
  return release && [release.version, release.artifacts.get("a")?.content.toString()];
};

describe("in waves", () => {
  it("nodes keep the stable version until they are members, and all get what was staged in the end", () => {
    publish(1, "one");
    releases.finish(0);
    publish(2, "two");
    expect([has("m"), has("n"), releases.isBehind]).toEqual([[1, "one"], [1, "one"], true]);
    releases.stage(new Set(["m"]));
    publish(3, "three");
    expect([has("m"), has("n")]).toEqual([
      [2, "two"],
      [1, "one"],
    ]);
    releases.finish(2);
    expect([has("m"), has("n"), releases.isBehind]).toEqual([[2, "two"], [2, "two"], true]);
  });

  it("members go back when the version is withdrawn", () => {
    publish(1, "one");
    releases.finish(0);
    publish(2, "two");
    releases.stage(new Set(["m"]));
    releases.withdraw();
    expect([has("m"), releases.isBehind]).toEqual([[1, "one"], true]);
  });

  it("a version that changes nothing needs no rollout", () => {
    publish(1, "one");
    releases.finish(0);
    publish(2, "one");
    expect([has("n"), releases.isBehind, releases.stableVersion]).toEqual([[2, "one"], false, 2]);
  });

  it("a rollout that this process has missed is finished", () => {
    publish(1, "one");
    releases.finish(0);
    publish(2, "two");
    releases.finish(2);
    expect(has("n")).toEqual([2, "two"]);
  });

  it("a process that starts during a rollout leaves nodes what they have, and gives the newest to those without config", () => {
    publish(2, "two");
    expect([has("n"), has("empty", false)]).toEqual([undefined, [2, "two"]]);
    releases.stage(new Set(["m"]));
    expect([has("m"), has("n")]).toEqual([[2, "two"], undefined]);
    releases.finish(2);
    expect(has("n")).toEqual([2, "two"]);
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
