// Single domain names in options, in the plain encoding of RFC 1035 section 3.1: labels with a length
// octet each, a zero at the end, no compression (RFC 4280, 4702, 5223, 6153, 6731, 8973).

const LABEL_OCTETS_MAX = 63;
const NAME_OCTETS_MAX = 255;

/** The labels of a domain name (a final dot is allowed), or an error text if it is none. */
export function labelsOf(name: string): readonly string[] | string {
  const labels = name.replace(/\.$/, "").split(".");
  for (const label of labels) {
    if (!/^[A-Za-z0-9_-]+$/.test(label)) {
      return `"${name}": expected a domain name of labels made of letters, digits and hyphens`;
    }
    if (label.length > LABEL_OCTETS_MAX) return `"${name}": a label has more than ${LABEL_OCTETS_MAX} characters`;
  }
  const octets = labels.reduce((sum, label) => sum + label.length + 1, 1);
  return octets > NAME_OCTETS_MAX ? `"${name}": the name is longer than ${NAME_OCTETS_MAX} octets` : labels;
}

/** Appends a domain name's octets, of "." the root's; returns an error text if it is none. */
export function appendDomainName(name: string, octets: number[]): string | undefined {
  const labels = name === "." ? [] : labelsOf(name);
  if (typeof labels === "string") return labels;
  for (const label of labels) {
    octets.push(label.length);
    for (let at = 0; at < label.length; at++) octets.push(label.charCodeAt(at));
  }
  octets.push(0);
  return undefined;
}
