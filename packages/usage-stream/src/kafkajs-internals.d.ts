/** What kafka.ts changes of kafkajs: its types cover the public part only. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  class RequestQueue {
    /** Requests that wait until others have their responses, or until a throttle of the broker is over. */
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}
