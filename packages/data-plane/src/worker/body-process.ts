import { type BodyWork, performBodyWork } from "@tollgate/pipeline";
import { serveJobs } from "@tollgate/telemetry";

// A process that processes large bodies, one after the other.
serveJobs(() => (work: BodyWork) => performBodyWork(work));
