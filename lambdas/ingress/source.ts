// Names the source of a request for rate limits. Trusts the address, which our own edge wrote. One subscriber of IPv6 has
// at least a /64 (RFC 6177), so all addresses in it are one source; an IPv4 address is a source of its own.

const PREFIX_GROUPS = 4; // of 16 bits: 64
const GROUPS = 8;
const MAPPED_IPV4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** The IPv4 address, the first 64 bits of the IPv6 address, or the text itself where it is neither. */
export function sourceOf(viewerIp: string): string {
  const mapped = MAPPED_IPV4.exec(viewerIp)?.[1];
  if (mapped !== undefined) return mapped;
  if (!viewerIp.includes(":")) return viewerIp;
  const groups = groupsOf(viewerIp);
  return groups === undefined ? viewerIp : `${groups.slice(0, PREFIX_GROUPS).join(":")}::/64`;
}

/** The eight groups in their shortest form (RFC 5952), so that no address has two spellings. */
function groupsOf(address: string): readonly string[] | undefined {
  const halves = address.split("::");
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = GROUPS - head.length - tail.length;
  const fits = halves.length === 1 ? missing === 0 : halves.length === 2 && missing > 0;
  const groups = [...head, ...new Array<string>(fits ? missing : 0).fill("0"), ...tail];
  if (!fits || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16).toString(16));
}
