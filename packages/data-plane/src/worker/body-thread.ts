import { parentPort } from "node:worker_threads";
import { type BodyResult, type BodyWork, performBodyWork } from "@tollgate/pipeline";

/** BodyAnswer is the reply of a thread. */
export type BodyAnswer = { readonly result: BodyResult } | { readonly error: string };

function attempt(work: BodyWork): BodyAnswer {
  try {
    return { result: performBodyWork(work) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** A thread that processes large bodies, one after the other. */
parentPort?.on("message", (work: BodyWork) => parentPort?.postMessage(attempt(work)));
