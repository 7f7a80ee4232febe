import { type BodyWork, performBodyWork } from "@tollgate/pipeline";
import { serveThread } from "@tollgate/telemetry";

// A thread that processes large bodies, one after the other.
serveThread((work: BodyWork) => performBodyWork(work));
