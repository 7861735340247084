// Whatever clients, relays and the configuration say: the event script's process takes each request that the daemon makes.
// It ends at one that it does not take (script/request.c), and then no script is run until a restart.

import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { SCRIPT_REQUEST_OCTETS_MAX, SCRIPT_VARIABLES_MAX } from "../../src/base/limits/script.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { callsOf, repeatedCall, type ScriptEvent, type ScriptLease } from "../../src/script/calls.ts";
import { type ScriptCall, ScriptLayout, ScriptWriter } from "../../src/script/protocol.ts";

/** The names that script/request.c knows; one that ends in 0 stands for all numbers of one or two digits. */
const KNOWN = [...readFileSync(new URL("../../script/request.c", import.meta.url), "utf8").matchAll(/"([A-Z_]+0?)"/g)]
  .map(([, name = ""]) => name)
  .map((name) => (name.endsWith("0") ? `${name.slice(0, -1)}[0-9]{1,2}` : name));
const VARIABLE = new RegExp(`^(?:${KNOWN.join("|")})=[^\\0-\\x1f\\x7f]*$`);

const PARTS = ["\0", "\n", "\x7f", "=", "\\", '"', " ", "-", ".", "a", "ü", "客", "\ud800", "\u2028", "x".repeat(63)];
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...PARTS), { maxLength: 80 }).map((all) => all.join("")),
);
const name = fc.oneof(text, fc.constantFrom("laptop", "laptop.lan"));
/** As the configuration's options have it: a character for each octet. */
const octetText = name.map((said) => Buffer.from(said).toString("latin1"));
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 255 }),
  name.map((said) => new Uint8Array(Buffer.from(said).subarray(0, 255))),
);
const number = fc.integer({ min: 0, max: 0xffff_ffff });

const record = fc.record({
  address: number,
  state: fc.constant(BindingState.bound),
  startsAt: number,
  endsAt: fc.oneof(number, fc.constant(Number.POSITIVE_INFINITY)),
  lastTransactionAt: number,
  htype: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 255 })),
  hardwareAddress: fc.uint8Array({ maxLength: 16 }),
  clientId: octets,
  hostName: octets,
  agentInformation: octets,
  vendorClass: octets,
});
const place = fc.record({ host: fc.option(text, { nil: undefined }), interface: fc.option(text, { nil: undefined }) });
const lease: fc.Arbitrary<ScriptLease> = fc.record({ record, place });
const request = fc.record({
  ...{ giaddr: number, ciaddr: number, hostName: octets, requestedOptions: octets, userClass: octets, mudUrl: octets },
  ...{ interface: text, classes: fc.array(text, { maxLength: 5 }) },
});
const event: fc.Arbitrary<ScriptEvent> = fc.record(
  {
    kind: fc.constantFrom("added", "renewed", "expired", "released", "declined", "conflict"),
    ...{ at: number, lease, former: record, request },
  },
  { requiredKeys: ["kind", "at", "lease"] },
);

/** What script/request.c asks of the strings behind a request's header. */
function expectTaken(call: ScriptCall): void {
  const writer = new ScriptWriter();
  const length = writer.run(1, 60, call);
  expect(length).toBeLessThanOrEqual(SCRIPT_REQUEST_OCTETS_MAX);
  const written = Buffer.from(writer.octets.subarray(ScriptLayout.octets, length)).toString();
  expect(written.at(-1)).toBe("\0");
  const [action, hardware, address = "", label, ...variables] = written.slice(0, -1).split("\0");
  expect(["add", "old", "del"]).toContain(action);
  expect(hardware).toMatch(/^(?!-)[0-9a-f:-]{1,64}$/);
  expect(isIPv4(address)).toBe(true);
  expect(label).toMatch(/^(?:(?!-)[A-Za-z0-9_-]{1,63})?$/);
  expect(variables.length).toBeLessThanOrEqual(SCRIPT_VARIABLES_MAX);
  for (const variable of variables) expect(variable).toMatch(VARIABLE);
}

it("the process of the event script takes each request, whatever text it is made of", () => {
  fc.assert(
    fc.property(event, octetText, octetText, fc.boolean(), (news, hostName, domain, tellsRenewals) => {
      const namesOf = (): { hostName: string; domain: string } => ({ hostName, domain });
      for (const call of callsOf(news, namesOf, tellsRenewals)) {
        expectTaken(call);
        // Nothing is left out for a control character: that is the last resort.
        for (const [variable, value] of call.variables) expect(`${variable}=${value}`).toMatch(VARIABLE);
      }
      for (const action of ["old", "del"] as const) expectTaken(repeatedCall(action, news.lease, news.at, namesOf));
    }),
  );
});
