// The value of the classless route options, 121 and 249 (RFC 3442): for each route the length of its prefix, the octets
// of the prefix that count, and a router.

const ROUTER_OCTETS = 4;

/** Whether one of the routes is the default route; false for a value that does not add up. */
export function hasDefaultRoute(value: Uint8Array): boolean {
  let at = 0;
  let isFound = false;
  while (at < value.length) {
    const width = value[at] ?? 0;
    isFound ||= width === 0;
    at += 1 + Math.ceil(width / 8) + ROUTER_OCTETS;
  }
  return isFound && at === value.length;
}
