import { createLogger, serveJobs } from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { runTest, type TestRun } from "./run-test.ts";
import type { TestProcessStart } from "./test-processes.ts";

// A process that runs test invocations, one after the other, over connections of its own.
serveJobs(({ upstreams, logLevel }: TestProcessStart) => {
  const opened = openUpstreams(upstreams, createLogger("test-invoke", logLevel));
  return (test: TestRun) => runTest(test, opened);
});
