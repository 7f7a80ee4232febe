import { expect, it } from "vitest";
import type { Session } from "../session.ts";
import { check } from "./check.ts";

const OPTIONS = { gateway: "http://127.0.0.1:1", timeout: 1 };

/** A session whose control plane deploys nothing, and can remove nothing either. */
function failingSession(deleted: string[]): Session {
  return {
    config: {
      apply: async () => ({}),
      delete: async ({ id }: { id: string }) => {
        deleted.push(id);
        throw new Error("cannot be removed");
      },
    },
    deployments: { createDeployment: () => Promise.reject(new Error("cannot be deployed")) },
  } as unknown as Session;
}

it("a check fails with the error of its step, also if its API cannot be removed", async () => {
  const deleted: string[] = [];
  await expect(check(failingSession(deleted), "000000000000", OPTIONS)).rejects.toThrow("cannot be deployed");
  expect(deleted).toEqual([expect.stringMatching(/^chk\w{7}$/)]);
});
