// What the event script is told of a client that says what it likes, and what its process answers.

import { formatHex } from "../../../src/base/bytes.ts";
import { SCRIPT_REQUEST_OCTETS_MAX, SCRIPT_VALUE_OCTETS_MAX } from "../../../src/base/limits/script.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { callsOf, type ScriptEvent } from "../../../src/script/calls.ts";
import { readScriptAnswer, ScriptLayout, ScriptWriter } from "../../../src/script/protocol.ts";
import { Choices, check, joined, octetsOfText, pieceOf, type Target, textOfOctets } from "../target.ts";

const KINDS = ["added", "renewed", "expired", "released", "declined", "conflict"] as const;
const HARDWARE_OCTETS_MAX = 16;
const OPTION_OCTETS_MAX = 255;
const NAME = /^(?:[A-Za-z0-9][A-Za-z0-9_-]{0,62})?$/;
const VARIABLE = /^(?:DNSMASQ_[A-Z_]+|DNSMASQ_USER_CLASS[0-9]{1,2}|ANYDHCPD_EVENT)$/;
const writer = new ScriptWriter();

function recordOf(choices: Choices): LeaseRecord {
  const option = (): Uint8Array => choices.piece().subarray(0, OPTION_OCTETS_MAX);
  return {
    ...{ address: 0x0a00_0000 + choices.octet(), state: BindingState.bound, startsAt: 0, lastTransactionAt: 0 },
    endsAt: choices.below(2) === 0 ? Number.POSITIVE_INFINITY : choices.short(),
    ...{ htype: choices.octet(), hardwareAddress: choices.piece().subarray(0, HARDWARE_OCTETS_MAX) },
    ...{ clientId: option(), hostName: option(), agentInformation: option(), vendorClass: option() },
  };
}

function eventOf(choices: Choices): ScriptEvent {
  const option = (): Uint8Array => choices.piece().subarray(0, OPTION_OCTETS_MAX);
  const place = { host: undefined, interface: "lan0" };
  const event: ScriptEvent = { kind: choices.of(KINDS), at: 7, lease: { record: recordOf(choices), place } };
  const request = {
    ...{ giaddr: choices.octet(), ciaddr: choices.octet(), interface: "lan0", classes: [textOfOctets(option())] },
    ...{ hostName: option(), requestedOptions: option(), userClass: option(), mudUrl: option() },
  };
  return choices.below(2) === 0 ? { ...event, request } : { ...event, request, former: recordOf(choices) };
}

/** What script/request.c takes; anything else would end the process. */
function checkStrings(strings: readonly string[]): void {
  const [action = "", hardware = "", address = "", name = "", ...variables] = strings;
  check(/^(?:add|old|del)$/.test(action), () => `${action} is no action`);
  check(
    /^(?:[0-9a-f]{2}-)?(?:[0-9a-f]{2}(?::[0-9a-f]{2})*)?$/.test(hardware),
    () => `${hardware} is no hardware address`,
  );
  check(/^10\.0\.0\.\d+$/.test(address), () => `${address} is no address`);
  check(NAME.test(name), () => `${name} is no name`);
  check(variables.length <= 48, () => "there are too many variables");
  for (const variable of variables) {
    const [, word = "", value = ""] = /^([^=]*)=(.*)$/s.exec(variable) ?? [];
    check(VARIABLE.test(word), () => `${word} is no variable`);
    check(!/\p{Cc}/u.test(value), () => `${word} has a control character`);
    check(Buffer.byteLength(value) <= SCRIPT_VALUE_OCTETS_MAX, () => `${word} is too long`);
  }
}

function seed(kind: number, name: string): Uint8Array {
  const option = (text: string): Uint8Array => pieceOf(octetsOfText(text));
  const lease = joined(
    ...[Uint8Array.of(5, 1, 9, 9, 1), pieceOf(Uint8Array.of(2, 0, 0, 0, 0, 7)), option("\x01\x02"), option(name)],
    ...[option("\x01\x04eth1\x02\x02\x00\x01"), option("MSFT 5.0")],
  );
  const request = [option("class"), option(name), option("\x01\x03\x06"), option("\x03abc"), option("https://x")];
  return joined(Uint8Array.of(kind), lease, Uint8Array.of(0, 0), ...request, Uint8Array.of(1), lease);
}

export const scriptTarget: Target = {
  name: "script",
  unit: "events",
  seeds: [
    seed(0, "laptop"),
    seed(1, "tower.lan"),
    seed(3, "bad name"),
    Uint8Array.of(1, 4, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0),
  ],
  words: ["\x00", "=", "\n", "\x1b[", "$(", "`", ".", "-", "\u00ff", "\x80"].map(octetsOfText),
  octetsMax: 3000,
  run(octets) {
    const answer = readScriptAnswer(octets);
    check(answer === undefined || octets.length >= ScriptLayout.octets, () => "a short answer is read");
    const names = { hostName: textOfOctets(octets.subarray(0, 20)), domain: "lan" };
    for (const call of callsOf(eventOf(new Choices(octets)), () => names, true)) {
      const length = writer.run(1, 60, call);
      check(length <= SCRIPT_REQUEST_OCTETS_MAX, () => "the request is too long");
      const text = Buffer.from(writer.octets.subarray(ScriptLayout.octets, length)).toString();
      check(
        text.endsWith("\0"),
        () => `the request has no end: ${formatHex(writer.octets.subarray(length - 8, length))}`,
      );
      checkStrings(text.slice(0, -1).split("\0"));
    }
    return 1;
  },
};
