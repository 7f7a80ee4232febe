export { startControlPlane, type ControlPlane } from "./server.ts";
export { readSettings, type ControlPlaneSettings } from "./settings.ts";
