/** isTemplate reports whether a file is meant to be a template, even if it is not valid. */
export const isTemplate = (text: string): boolean =>
  /(^|[{,])\s*["']?AWSTemplateFormatVersion["']?\s*:/m.test(text) ||
  (/(^|[{,])\s*["']?Resources["']?\s*:/m.test(text) && /\bType["']?\s*:\s*["']?AWS::/.test(text));
