// The way to a value of a Kea configuration, as people write it: `Dhcp4.subnet4[3].pools[0].pool`.

/** The path of a member or an item of what has that path; the outermost map has an empty one. */
export function pathOf(outer: string, key: string | number): string {
  if (typeof key === "number") return `${outer}[${key}]`;
  return outer === "" ? key : `${outer}.${key}`;
}
