export { type Metering, startMetering } from "./metering.ts";
export { type MeteringSettings, readSettings } from "./settings.ts";
