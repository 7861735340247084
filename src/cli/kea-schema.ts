// The members of a Kea configuration that the import reads, as zod schemas. Members that no schema names may have any
// form: it does not decide whether this server has something like them.

import { z } from "zod";
import { parseIpv4 } from "../base/ipv4.ts";
import type { KeaIssue } from "../import/kea-check.ts";
import { parseEnds, parseNetwork } from "../import/kea-values.ts";
import { parseOctets } from "../import/written.ts";

/** Says which value was expected, or that it is missing. */
function expected(what: string): { readonly error: z.core.$ZodErrorMap } {
  const error: z.core.$ZodErrorMap = ({ input }) =>
    input === undefined ? `it is missing; expected: ${what}` : `expected: ${what}`;
  return { error };
}

/** A text of a certain form. */
function form(isRight: (text: string) => boolean, what: string): z.ZodString {
  return z
    .string(expected(what))
    .refine(isRight, { error: ({ input }) => `"${String(input)}" is not right; expected: ${what}` });
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

function listOf<T extends z.ZodType>(item: T): z.ZodOptional<z.ZodArray<T>> {
  return z.array(item, expected("a list between [ and ]")).optional();
}

function mapOf<T extends z.ZodRawShape>(shape: T): ReturnType<typeof z.looseObject<T>> {
  return z.looseObject(shape, expected("a map between { and }"));
}

const text = z.string(expected("a text between quotes"));
const flag = z.boolean(expected("true or false")).optional();
const NUMBER = "a whole number from 0 to 4294967295";
const number = z.number(expected(NUMBER)).refine((value) => isWhole(value, 0xffffffff), expected(NUMBER));
const SHARE = "a number from 0 to 1";
const share = z.number(expected(SHARE)).refine((value) => value >= 0 && value <= 1, expected(SHARE));
const CODE = "the code of an option, from 0 to 255";
const code = z.number(expected(CODE)).refine((value) => isWhole(value, 255), expected(CODE));
const address = form((value) => value === "" || parseIpv4(value.trim()) !== undefined, "an address like 192.0.2.1");
const octets = form((value) => parseOctets(value) !== undefined, "octets in hexadecimal, like 01:0a:ff");
const texts = listOf(text);
const oneOrTexts = z.union([text, z.array(text)], expected("texts between quotes")).optional();

const optionData = mapOf({
  name: text.optional(),
  code: code.optional(),
  space: text.optional(),
  data: text.optional(),
  "csv-format": flag,
  "always-send": flag,
  "never-send": flag,
  "client-classes": texts,
});

const optionDef = mapOf({
  name: text,
  code,
  type: text,
  array: flag,
  "record-types": text.optional(),
  space: text.optional(),
  encapsulate: text.optional(),
});

/** Members of classes, networks, subnets, pools and hosts alike. */
const values = {
  "option-data": listOf(optionData),
  "next-server": address.optional(),
  "server-hostname": text.optional(),
  "boot-file-name": text.optional(),
  "valid-lifetime": number.optional(),
  "min-valid-lifetime": number.optional(),
  "max-valid-lifetime": number.optional(),
  "renew-timer": number.optional(),
  "rebind-timer": number.optional(),
  "calculate-tee-times": flag,
  "t1-percent": share.optional(),
  "t2-percent": share.optional(),
  "match-client-id": flag,
  "echo-client-id": flag,
  authoritative: flag,
  "reservations-global": flag,
  "reservations-in-subnet": flag,
  "reservation-mode": text.optional(),
  "client-class": text.optional(),
  "client-classes": texts,
  "require-client-classes": oneOrTexts,
  "evaluate-additional-classes": oneOrTexts,
  interface: text.optional(),
  relay: mapOf({ "ip-addresses": listOf(address), "ip-address": address.optional() }).optional(),
};

const clientClass = mapOf({
  ...values,
  name: text,
  test: text.optional(),
  "option-def": listOf(optionDef),
  "only-if-required": flag,
  "only-in-additional-list": flag,
});

const reservation = mapOf({
  ...values,
  hostname: text.optional(),
  "hw-address": octets.optional(),
  "client-id": octets.optional(),
  "circuit-id": octets.optional(),
  duid: octets.optional(),
  "ip-address": address.optional(),
});

const pool = mapOf({
  ...values,
  pool: form((value) => parseEnds(value) !== undefined, "a range like 192.0.2.10 - 192.0.2.99"),
});

const subnet = mapOf({
  ...values,
  subnet: form((value) => parseNetwork(value) !== undefined, "a network like 192.0.2.0/24"),
  pools: listOf(pool),
  reservations: listOf(reservation),
});

const sharedNetwork = mapOf({
  ...values,
  name: text,
  subnet4: listOf(subnet),
  reservations: listOf(reservation),
});

const dhcp4 = mapOf({
  ...values,
  // At the top level this is the list of the classes themselves.
  "client-classes": listOf(clientClass),
  "option-def": listOf(optionDef),
  "shared-networks": listOf(sharedNetwork),
  subnet4: listOf(subnet),
  reservations: listOf(reservation),
  "interfaces-config": mapOf({ interfaces: texts, "dhcp-socket-type": text.optional() }).optional(),
  "hooks-libraries": listOf(mapOf({ library: text })),
  "dhcp-ddns": mapOf({ "enable-updates": flag }).optional(),
});

/** The file as a whole. */
const KeaFile = mapOf({ Dhcp4: dhcp4 });

/** The errors in a file, which is given as a parsed value. */
export function findKeaIssues(value: unknown): readonly KeaIssue[] {
  return KeaFile.safeParse(value).error?.issues ?? [];
}
