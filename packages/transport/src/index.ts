export { readUpstreamSettings, type UpstreamSettings } from "./upstream-settings.ts";
export { openUpstreams } from "./upstreams.ts";
