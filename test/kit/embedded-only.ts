import { inject } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    embeddedOnly?: string;
  }
}

/** embeddedOnly are the options of a test that can only run on embedded parts. On the cluster it is skipped, and its reason is printed. */
export const embeddedOnly = (reason: string) => ({
  skip: inject("services") !== undefined,
  meta: { embeddedOnly: reason },
});
