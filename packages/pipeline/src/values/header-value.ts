/** headerValue leaves out what no header may hold: a mapped value must not be able to split the message. */
export const headerValue = (value: string): string => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
