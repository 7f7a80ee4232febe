const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const INTERVAL_MS = 80;

export interface Progress {
  update(text: string): void;
  /** Takes the display away. */
  stop(): void;
}

/** startProgress shows on a terminal what a long command is at; elsewhere it stays silent. */
export function startProgress(text: string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  let current = text;
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    stderr.write(`\r\u001b[2K${FRAMES[frame]} ${current}`);
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
