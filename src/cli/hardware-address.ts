// Hardware addresses on the command line.

const OCTETS_MAX = 16;

/** A hardware address as 02:00:00:00:00:07, from octets with ":" or "-" between them; undefined if it is none. */
export function readHardwareAddress(text: string): string | undefined {
  const octets = text.split(/[:-]/);
  if (octets.length > OCTETS_MAX || !octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))) return undefined;
  return octets.map((octet) => octet.toLowerCase().padStart(2, "0")).join(":");
}
