// Which name a client's lease has in the DNS, by the client's message and by the configuration.

import { NAME_OCTETS_MAX } from "../base/limits/names.ts";
import type { Scope } from "../config/model/scope.ts";
import { labelsOf } from "../wire/options/domain-name.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import { clientLabelOf, labelOf } from "./client-label.ts";

const DOT = 0x2e;

/** A name in the DNS. */
export interface LeaseName {
  /** One label, in lower case. */
  readonly label: string;
  /** The whole name without the root's dot; the label alone where there is no domain. */
  readonly name: string;
}

/**
 * The name of a client that calls itself `hostName` and that the declaration of `host`, if any, is about; `isReserved`:
 * its address is that host's. Undefined: it has none that the DNS could have. Classes count neither here nor in `scope`.
 */
export function leaseNameOf(
  hostName: Uint8Array,
  host: string | undefined,
  isReserved: boolean,
  scope: Scope,
): LeaseName | undefined {
  const declared = host === undefined ? "" : declaredLabel(host, isReserved, scope);
  const said = declared === "" ? clientLabelOf(hostName) : declared;
  const label = said === "" && host !== undefined ? labelOfText(host) : said;
  if (label === "" || label === "localhost") return undefined;
  const domain = domainOf(scope);
  const name = domain === "" ? label : `${label}.${domain}`;
  return name.length > NAME_OCTETS_MAX ? undefined : { label, name };
}

/** The configuration's name of a host; "" if its client may choose. */
function declaredLabel(host: string, isReserved: boolean, scope: Scope): string {
  if (scope.ddnsHostName !== undefined && scope.ddnsHostName !== "") return scope.ddnsHostName;
  const hostName = scope.options.get(OptionCode.hostName);
  if (hostName !== undefined) return labelOf(hostName);
  return isReserved || scope.useHostDeclNames ? labelOfText(host) : "";
}

function labelOfText(text: string): string {
  return labelOf(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff));
}

/** `ddns-domainname`, else the option that tells clients their domain; "" where neither is a name. */
function domainOf(scope: Scope): string {
  if (scope.ddnsDomainName !== undefined) return scope.ddnsDomainName;
  const option = scope.options.get(OptionCode.domainName);
  if (option === undefined) return "";
  let end = option.length;
  // The root's dot, and zeros that some count.
  while (end > 0 && (option[end - 1] === DOT || option[end - 1] === 0)) end--;
  const text = String.fromCharCode(...option.subarray(0, end)).toLowerCase();
  return text === "" || typeof labelsOf(text) === "string" ? "" : text;
}
