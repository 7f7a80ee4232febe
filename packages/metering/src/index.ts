export { startMetering, type Metering } from "./metering.ts";
export { readSettings, type MeteringSettings } from "./settings.ts";
