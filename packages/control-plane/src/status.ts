import type { Application } from "./application.ts";
import { VERSION } from "./version.ts";

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
