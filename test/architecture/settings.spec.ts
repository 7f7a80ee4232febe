import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A name in full; one that ends with _ stands for all that begin so. */
const NAME = /\bTOLLGATE_[A-Z0-9_]*[A-Z0-9]\b/g;
/** What settings are read by whose names are made of that of another: a file with a secret, a topic, a certificate and its key. */
const MADE = /_(?:FILE|PARTITIONS|REPLICATION|RETENTION_HOURS|CERT|KEY)$/;

const namesIn = (patterns: readonly string[], leavesOut: (file: string) => boolean = () => false) =>
  new Set(
    globSync([...patterns], { cwd: root })
      .filter((file) => !leavesOut(file))
      .flatMap((file) => readFileSync(join(root, file), "utf8").match(NAME) ?? []),
  );

const isTest = (file: string) => /\.(?:spec|fixture|contract)\.ts$/.test(file);
const read = namesIn(["packages/*/src/**/*.ts"], isTest);
const documented = namesIn(["packages/docs/*.md", "README.md"]);
/** The list of what a process reads, and what it means. */
const listed = namesIn(["packages/docs/operations.md"]);

describe("settings", () => {
  it("are all documented for operators", () => {
    // Its certificate and key are.
    const prefixes = ["TOLLGATE_CONTROL_TLS"];
    const missing = [...read].filter((name) => !documented.has(name) && !prefixes.includes(name));
    expect(missing).toEqual([]);
    expect(read.size).toBeGreaterThan(150);
  });

  it("of the CLI are listed with those of the processes", () => {
    const cli = namesIn(["packages/cli/src/settings.ts"]);
    expect([...cli].filter((name) => !listed.has(name))).toEqual([]);
  });

  it("that are documented, or set by the charts and images, are read by a process", () => {
    // The chart itself makes an address with it.
    const ofChart = ["TOLLGATE_DATABASE_PASSWORD"];
    const ofTests = ["TOLLGATE_UPDATE_GOLDEN"];
    const set = namesIn(["deploy/**/*.{yaml,tpl,yml}", "deploy/**/Dockerfile*"]);
    const unread = [...documented, ...set].filter(
      (name) =>
        !read.has(name) && !read.has(name.replace(MADE, "")) && ![...ofChart, ...ofTests].includes(name),
    );
    expect(unread).toEqual([]);
  });
});
