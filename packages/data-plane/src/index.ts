export { startDataPlane, type DataPlane } from "./node/data-plane.ts";
export { isPortTaken } from "./node/port.ts";
export { readSettings, type DataPlaneSettings } from "./settings.ts";
