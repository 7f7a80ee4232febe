export { type DataPlane, startDataPlane } from "./node/data-plane.ts";
export { isPortTaken } from "./node/port.ts";
export { type DataPlaneSettings, readSettings } from "./settings.ts";
