import { terminalText } from "./terminal-text.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const INTERVAL_MS = 80;

export interface Progress {
  update(text: string): void;
  /** Removes the display. */
  stop(): void;
}

/** startProgress shows the progress of a long command on a terminal; without a terminal it prints nothing. */
export function startProgress(text: string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  let current = text;
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    stderr.write(`\r\u001b[2K${FRAMES[frame]} ${terminalText(current, stderr)}`);
  };
  draw();
  const timer = setInterval(draw, INTERVAL_MS);
  return {
    update(next) {
      current = next;
    },
    stop() {
      clearInterval(timer);
      stderr.write("\r\u001b[2K");
    },
  };
}
