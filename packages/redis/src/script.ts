import { createHash } from "node:crypto";

/** Script is a Lua script that a Redis runs as one step. The server keeps it by its digest. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export const script = (text: string): Script => ({
  text,
  digest: createHash("sha1").update(text).digest("hex"),
});
