// Packages that import this one are checked by configurations of their own, which do not name the declaration.
// eslint-disable-next-line typescript/triple-slash-reference
/// <reference path="./kafkajs-internals.d.ts" />
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

const { prototype } = RequestQueue;
const { scheduleCheckPendingRequests } = prototype;

/**
 * keepIdleConnectionsQuiet stops a loop of kafkajs 2.2.4: each connection that has had a response checks for requests that wait, whether or
 * not there are any, and plans the next check at a negative time. Node runs it after 1 ms, for as long as the connection is open: 2 % of a
 * core each.
 */
export function keepIdleConnectionsQuiet(): void {
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    // A request that is added to those that wait plans the check itself.
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
