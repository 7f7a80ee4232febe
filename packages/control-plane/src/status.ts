import type { Application } from "./application.ts";

/** VERSION is the version of the control plane. */
const VERSION = "0.1.0";

/** createGetStatus creates StatusService.GetStatus. */
export const createGetStatus =
  ({ mirror, store, plane, publicUrl }: Application, region: string) =>
  async () => ({
    softwareVersion: VERSION,
    controlPlane: plane,
    region,
    apiUrl: publicUrl(),
    revision: BigInt(mirror.revision),
    storeOutage: store.outage ?? "",
  });
