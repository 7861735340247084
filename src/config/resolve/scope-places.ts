// Where the values in force for a client are set, and what they override: for `explain`.

import { formatIpv4 } from "../../base/ipv4.ts";
import { addTo } from "../../base/lists.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import type { Block } from "../language/syntax.ts";
import type { Provenance, ScopePlaces } from "../model/provenance.ts";
import { SETTINGS, type SettingField } from "../model/settings.ts";
import type { Level } from "./levels.ts";

/** `chain`: the levels that are laid over each other, nearest first. */
export function scopePlaces(chain: readonly Level[], placeOf: (at: number) => Provenance): ScopePlaces {
  const options = new Map<number, Provenance[]>();
  const settings = new Map<string, Provenance[]>();
  for (const level of chain) {
    for (const { code, space, at } of level.options.values()) {
      const vendor = chain.find(({ vendorSpace }) => vendorSpace !== undefined)?.vendorSpace;
      const carriers =
        space === undefined ? [code] : [...space.carriers, ...(space === vendor ? [OptionCode.vendorOptions] : [])];
      for (const carrier of carriers) addTo(options, carrier, placeOf(at));
    }
    for (const [field, at] of level.places) addTo(settings, SETTINGS[field as SettingField].name, placeOf(at));
  }
  const blocks = chain.map(({ block }) => ({ name: nameOf(block), at: placeOf(block.at) }));
  return { blocks, options, settings };
}

function nameOf({ header }: Block): string {
  switch (header.kind) {
    case "global":
      return "the top level";
    case "subnet":
      return `subnet ${formatIpv4(header.network)}`;
    case "host":
    case "shared-network":
      return `${header.kind} ${header.name}`;
    case "class":
    case "subclass":
      return `${header.kind} "${header.name}"`;
    default:
      return header.kind;
  }
}
