export {
  createTopicSender,
  type TopicMessage,
  type TopicSender,
  type TopicSenderOptions,
} from "./topic-sender.ts";
export { readUpstreamSettings, type UpstreamSettings } from "./upstream-settings.ts";
export { openUpstreams, type Upstreams } from "./upstreams.ts";
