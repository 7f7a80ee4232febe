export { LeasedLimiter } from "./limits/leased-limiter.ts";
export { QuotaLives } from "./limits/shared/quota-lives.ts";
export { openSharedLimits, type SharedLimits } from "./limits/shared/shared-limits.ts";
export { type DataPlane, startDataPlane } from "./node/data-plane.ts";
export { isPortTaken } from "./node/port.ts";
export { type DataPlaneSettings, readSettings } from "./settings.ts";
