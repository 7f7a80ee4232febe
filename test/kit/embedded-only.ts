import { inject, TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    embeddedOnly?: string;
  }
}

/** embeddedOnly ends a test that can only run on embedded parts where it runs on a cluster: it is skipped, counted, and listed with its reason. */
export function embeddedOnly(reason: string): void {
  const test = TestRunner.getCurrentTest();
  if (!inject("services") || !test) return;
  test.meta.embeddedOnly = reason;
  test.context.skip(reason);
}
