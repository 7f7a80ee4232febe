/** HTTP1_READERS are what can read requests of HTTP/1.1 and write responses: the gateway itself, or Node (`node:http`). */
export const HTTP1_READERS = ["own", "node"] as const;

export type Http1ReaderName = (typeof HTTP1_READERS)[number];
