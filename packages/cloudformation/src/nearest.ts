/** How many characters are added, removed or replaced between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** nearestOf is the known name that was probably meant; undefined: none is similar. */
export function nearestOf(name: string, known: Iterable<string>): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 4));
  let nearest: string | undefined;
  let least = most + 1;
  for (const one of known) {
    // All names of one or two letters are similar.
    if (Math.abs(one.length - name.length) > most || one.length <= most) continue;
    const steps = distance(name.toLowerCase(), one.toLowerCase());
    if (steps < least) [nearest, least] = [one, steps];
  }
  return nearest;
}
