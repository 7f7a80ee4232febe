import { PatternError } from "@tollgate/patterns";

type Replace = (
  groups: readonly (string | undefined)[],
  named: Readonly<Record<string, string | undefined>> | undefined,
) => string;

/** javaReplacement reads the replacement of String.replaceAll: $1, ${name} and escapes by backslash. */
export function javaReplacement(text: string): Replace {
  if (!/[\\$]/.test(text)) return () => text;
  return (groups, named) =>
    text.replace(
      /\\([^])|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$(\d)|[\\$]/g,
      (all, escaped: string | undefined, name: string | undefined, digit: string | undefined) => {
        if (escaped !== undefined) return escaped;
        if (name !== undefined && named && Object.hasOwn(named, name)) return named[name] ?? "";
        if (digit !== undefined && Number(digit) < groups.length) return groups[Number(digit)] ?? "";
        throw new PatternError(`'${all}' in the replacement '${text}' does not name a group`);
      },
    );
}
