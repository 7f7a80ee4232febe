export { type RootKey, rootKeyText } from "./identity/root-key.ts";
export { type ControlPlane, startControlPlane } from "./server.ts";
export { type ControlPlaneSettings, readSettings } from "./settings.ts";
