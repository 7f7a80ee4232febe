export { compilePattern } from "./pattern/compile-pattern.ts";
export type { LogPattern } from "./pattern/log-pattern.ts";
export { LogRefusal, type LogRefusalReason, refusals } from "./refusal.ts";
export { type EventPlace, eventId, placeOf } from "./store/event-id.ts";
export type { GroupSettings, LogGroup, LogStreamState } from "./store/log-group.ts";
export { type GroupName, LogStore, type LogStoreOptions, type StreamEvents } from "./store/log-store.ts";
export { type NewEvent, putEvents, type Rejected } from "./store/put-events.ts";
export { type EventPage, type EventQuery, PAGE_EVENTS_MAX, readEvents } from "./store/read-events.ts";
