import { describe, expect, it } from "vitest";
import type { Session } from "../session.ts";
import { check } from "./check.ts";

/** Nothing listens on port 1. */
const OPTIONS = { gateway: "http://127.0.0.1:1", timeout: 1 };
const ACCOUNT = "000000000000";

/** A session whose control plane accepts what it is asked for, except what `failing` says. */
function sessionOf(
  deleted: string[],
  failing: { deploys?: () => Promise<never>; deletes?: string },
): Session {
  return {
    config: {
      apply: async () => ({}),
      delete: async ({ id }: { id: string }) => {
        deleted.push(id);
        if (failing.deletes !== undefined) throw new Error(failing.deletes);
      },
    },
    deployments: { createDeployment: failing.deploys ?? (async () => ({})) },
  } as unknown as Session;
}

describe("a check that fails leaves nothing of it, and reports", () => {
  const never = new AbortController().signal;
  const ended = new AbortController();
  const notDeployed = () => Promise.reject(new Error("cannot be deployed"));
  const late = () => Promise.reject(Object.assign(new Error("4 DEADLINE_EXCEEDED"), { code: 4 }));
  const hanging = () => {
    ended.abort(new Error("ended by SIGTERM"));
    return new Promise<never>(() => {});
  };

  it.for([
    [
      "the error of its step, also if its API cannot be removed",
      { deploys: notDeployed, deletes: "is lost" },
      "cannot be deployed",
    ],
    ["the step that its time ended", { deploys: late }, "not within 1 s: it is deployed"],
    [
      "what the gateway returned last",
      {},
      /check\/ does not respond as its API says within 1 s: connect ECONNREFUSED/,
    ],
    ["that it was ended", { deploys: hanging }, "ended by SIGTERM"],
  ] as const)("%s", async ([, failing, message]) => {
    const deleted: string[] = [];
    const signal = "deploys" in failing && failing.deploys === hanging ? ended.signal : never;
    await expect(check(sessionOf(deleted, failing), ACCOUNT, OPTIONS, signal)).rejects.toThrow(message);
    expect(deleted).toEqual([expect.stringMatching(/^chk\w{7}$/)]);
  });
});
