export { type AddressSet, setOf as addressSet } from "./egress/address.ts";
export { readUpstreamSettings, type UpstreamSettings } from "./upstream-settings.ts";
export { openUpstreams, type Upstreams } from "./upstreams.ts";
