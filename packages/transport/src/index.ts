export { readUpstreamSettings, type UpstreamSettings } from "./upstream-settings.ts";
export { openUpstreams, type Upstreams } from "./upstreams.ts";
