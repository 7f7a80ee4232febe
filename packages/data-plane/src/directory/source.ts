const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * sourceOf is whom an address belongs to, for dividing what there is: an IPv4 address, or the /64 of an IPv6 address, because whoever has one
 * address of it has all.
 */
export function sourceOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = (address.split("%", 1)[0] as string).split("::");
  const groupsOf = (text: string) => (text === "" ? [] : text.split(":"));
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
