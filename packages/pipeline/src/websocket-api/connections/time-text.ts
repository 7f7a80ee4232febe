/** timeText is a time as the management API writes it: 2026-11-21T13:05:09Z, in seconds. */
export const timeText = (unixMs: number): string => new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
