// What a run of tests ends with: each failure in a few lines, then "N passed, N failed".

/** How many lines all failures take together: the end of a log is often all of it that is kept. */
const LINES = 48;
const LEAST_LINES = 4;
const MOST_CHARS = 240;

const shortened = (line) => (line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS)} ...` : line);

/** summary is the end of a run: failures are { file, name, text }. */
export function summary(passed, failures) {
  const each = Math.max(LEAST_LINES, Math.floor(LINES / Math.max(1, failures.length)));
  const lines = failures.flatMap(({ file, name, text }) => {
    const all = text.split("\n").filter((line) => line.trim() !== "");
    const kept = all.slice(0, each - 1).map((line) => `  ${shortened(line)}`);
    return [shortened(`FAILED  ${[file, name].filter(Boolean).join(" > ")}`), ...kept];
  });
  return `\n${[...lines, `${passed} passed, ${failures.length} failed`].join("\n")}\n`;
}
