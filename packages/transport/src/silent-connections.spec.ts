import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { endIfSilent, PING_MS } from "./silent-connections.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Connection extends EventEmitter {
  bytesRead = 100;
  bytesWritten = 100;
  readonly destroy = vi.fn<(error: Error) => void>();

  passes({ read, written }: { readonly read: number; readonly written: number }): void {
    this.bytesRead += read;
    this.bytesWritten += written;
    vi.advanceTimersByTime(2 * PING_MS);
  }
}

it("a connection whose PINGs get no reply ends", () => {
  const connection = new Connection();
  endIfSilent(connection);
  for (let i = 0; i < 3; i++) connection.passes({ read: 17, written: 17 });
  expect(connection.destroy).not.toHaveBeenCalled();
  connection.passes({ read: 0, written: 17 });
  expect(connection.destroy).toHaveBeenCalledExactlyOnceWith(
    new Error("the upstream no longer responds to PING"),
  );
});

it("one on which no PING is sent, as after GOAWAY, goes on", () => {
  const connection = new Connection();
  endIfSilent(connection);
  for (let i = 0; i < 3; i++) connection.passes({ read: 0, written: 0 });
  expect(connection.destroy).not.toHaveBeenCalled();
});

it("nothing is left of one that is closed", () => {
  const connection = new Connection();
  endIfSilent(connection);
  connection.emit("close");
  expect(vi.getTimerCount()).toBe(0);
});
