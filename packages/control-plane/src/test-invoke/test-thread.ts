import { workerData } from "node:worker_threads";
import { createLogger, serveThread } from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { runTest } from "./run-test.ts";
import type { TestThreadData } from "./test-threads.ts";

// A thread that runs test invocations, one after the other, over connections of its own.
const { upstreams, logLevel } = workerData as TestThreadData;
const opened = openUpstreams(upstreams, createLogger("test-invoke", logLevel));
serveThread((test: Parameters<typeof runTest>[0]) => runTest(test, opened));
