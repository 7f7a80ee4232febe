import { type BodyWork, performBodyWork } from "@tollgate/pipeline/body-work";
import { serveJobs } from "@tollgate/telemetry/process-pool";

// A process that processes large bodies, one after the other.
serveJobs(() => (work: BodyWork) => performBodyWork(work));
