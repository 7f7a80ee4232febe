const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
const LOCAL_NAME = /^(?:.+\.)?(?:localhost|execute-api(?:\..+)?)$/;

/** hostName is a Host as domains are named: without its port and the dot of the root, in small letters. */
export function hostName(host: string): string {
  const port = host.lastIndexOf(":");
  // The colons of an address of IPv6 are in brackets.
  const name = port > host.lastIndexOf("]") ? host.slice(0, port) : host;
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

/** HOST_PATTERN is what a list of hosts may consist of: a name, *.name for all names below it, or * for all. */
export const HOST_PATTERN = /^(?:\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/i;

function isOf(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  const wanted = pattern.toLowerCase();
  return wanted.startsWith("*.") ? name.endsWith(wanted.slice(1)) : name === wanted;
}

/**
 * hasPathStyle finds whether a Host is one whose paths may name APIs: no Host, an address, a name of this machine or of execute-api, or one of
 * those that the operator listed. All other names are somebody's, and their paths are, too.
 */
export function hasPathStyle(host: string, listed: readonly string[]): boolean {
  const name = hostName(host);
  if (name === "" || ADDRESS.test(name) || LOCAL_NAME.test(name)) return true;
  return listed.some((pattern) => isOf(pattern, name));
}
