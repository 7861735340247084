// The relays that Kea's networks name by address. Here a relay is on the network that its own address lies in: for a
// relay with an address elsewhere, the import adds a subnet of that address alone, on the same wire.

import { formatIpv4, type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import type { KeaMap } from "./kea-map.ts";
import { parseEnds, type Statement } from "./kea-values.ts";

/** The addresses of the relays that a map names. */
export function relaysOf(map: KeaMap): readonly Ipv4[] {
  const relay = map.map("relay");
  return (relay?.allTexts("ip-addresses", "ip-address") ?? []).flatMap((text) => {
    const address = parseIpv4(text.trim());
    return address === undefined || address === 0 ? [] : [address];
  });
}

/** The relays of one file. */
export class KeaRelays {
  private readonly subnets: readonly { readonly map: KeaMap; readonly first: Ipv4; readonly last: Ipv4 }[];
  private readonly written = new Set<Ipv4>();

  /** Takes all subnets of the file. */
  constructor(subnets: readonly KeaMap[]) {
    this.subnets = subnets.flatMap((map) => {
      const ends = parseEnds(map.text("subnet") ?? "");
      return ends === undefined ? [] : [{ map, ...ends }];
    });
  }

  /** Whether a relay of a map is outside of all subnets, so that it needs one of its own. */
  needsSubnet(map: KeaMap): boolean {
    return relaysOf(map).some((address) => this.around(address) === undefined);
  }

  /** The subnets for the relays that `map` names, one of a wire with these subnets; each once. */
  subnetsFor(map: KeaMap, wire: readonly KeaMap[]): readonly Statement[] {
    const places = new Set(wire.map(({ path }) => path));
    return relaysOf(map).flatMap((address) => {
      const around = this.around(address);
      if (around !== undefined) {
        if (!places.has(around.path))
          map.lose("relay", `${formatIpv4(address)} is in ${around.text("subnet")}, whose clients it asks for here`);
        return [];
      }
      if (this.written.has(address)) return [];
      this.written.add(address);
      const place = map.placeOf("relay");
      return [{ text: `subnet ${formatIpv4(address)} netmask 255.255.255.255 { } # a relay`, place }];
    });
  }

  private around(address: Ipv4): KeaMap | undefined {
    return this.subnets.find(({ first, last }) => first <= address && address <= last)?.map;
  }
}
