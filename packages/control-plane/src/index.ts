export { rootKeyText, type RootKey } from "./identity/root-key.ts";
export { startControlPlane, type ControlPlane } from "./server.ts";
export { readSettings, type ControlPlaneSettings } from "./settings.ts";
