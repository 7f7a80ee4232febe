const CONTROLS = /\p{Cc}/gu;
const HAS_CONTROLS = /\p{Cc}/u;
const escaped = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** withoutControls shows control characters as JSON escapes them: a string of a client must not look like another line, nor control a terminal. */
export const withoutControls = (text: string): string =>
  HAS_CONTROLS.test(text) ? text.replace(CONTROLS, escaped) : text;

/** asLine does the same with all but tabs, which divide the fields of a line. */
export const asLine = (text: string): string =>
  HAS_CONTROLS.test(text)
    ? text.replace(CONTROLS, (control) => (control === "\t" ? control : escaped(control)))
    : text;
