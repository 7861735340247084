// Warnings about options that are valid one by one and yet useless to clients: times that contradict the lease time,
// routes without a default route, "PXEClient" without boot servers, more than a reply holds.

import { getUint32, putUint32 } from "../../base/bytes.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { REPLY_OCTETS_MAX, REPLY_OCTETS_MIN_MAX } from "../../base/limits/wire.ts";
import { encodeReply } from "../../wire/encode/encode-reply.ts";
import { areSound } from "../../wire/encode/lease-times.ts";
import { optionsLeftOut } from "../../wire/encode/reply-option-values.ts";
import { FILE_OCTETS, MAGIC_COOKIE, Offset } from "../../wire/layout.ts";
import { MessageType } from "../../wire/message-type.ts";
import { hasDefaultRoute } from "../../wire/options/classless-routes.ts";
import { OptionCode, optionByCode } from "../../wire/options/option-code.ts";
import { Query } from "../../wire/query.ts";
import { Reply } from "../../wire/reply.ts";
import type { Report } from "../language/source.ts";
import type { OptionParameter } from "../language/syntax.ts";
import type { Scope } from "../model/scope.ts";
import { findOption, findValue, type Level, lexicalChain } from "./levels.ts";

const PXE_CLIENT = "PXEClient";

/** Warns of options that single blocks set. */
export function checkOptions(levels: readonly Level[], report: Report): void {
  const hasVendorOptions = levels.some(
    ({ options, vendorSpace }) => vendorSpace !== undefined || options.has(OptionCode.vendorOptions),
  );
  for (const level of levels) {
    checkTimes(level, report);
    checkFileName(level, report);
    if (!hasVendorOptions) checkPxeClient(level, report);
  }
}

/** T1 comes before T2, and T2 before the end of the lease (RFC 2131 section 4.4.5). */
function checkTimes(level: Level, report: Report): void {
  const own = level.options.get(OptionCode.renewalTime) ?? level.options.get(OptionCode.rebindingTime);
  if (own === undefined) return;
  const chain = lexicalChain(level);
  const lease = Math.min(findValue(chain, "defaultLeaseSeconds"), findValue(chain, "maxLeaseSeconds"));
  const times = [OptionCode.renewalTime, OptionCode.rebindingTime].map((code) => findOption(chain, code));
  const [renewalSeconds = -1, rebindingSeconds = -1] = times.map(secondsOf);
  const late = times.find((option) => secondsOf(option) === 0 || secondsOf(option) >= lease);
  if (late !== undefined)
    report.warning(
      late.valueAt,
      `${secondsOf(late)} seconds are not within the lease time of ${lease}: such leases get the default`,
      { expected: "less than default-lease-time" },
    );
  else if (!areSound(lease, { renewalSeconds, rebindingSeconds }))
    report.warning(own.valueAt, "dhcp-renewal-time is not before dhcp-rebinding-time: clients get the defaults", {
      expected: "a renewal time below the rebinding time, which is seven eighths of the lease time unless it is set",
    });
}

function secondsOf(option: OptionParameter | undefined): number {
  return option?.octets?.length === 4 ? getUint32(option.octets, 0) : -1;
}

function checkFileName({ values, places, block }: Level, report: Report): void {
  const octets = values.fileName?.length ?? 0;
  if (octets < FILE_OCTETS) return;
  report.notice(
    places.get("fileName") ?? block.at,
    `the file name has ${octets} octets: it is sent in option 67, which old firmware does not read`,
    { expected: `at most ${FILE_OCTETS - 1} octets for firmware that reads the file field only` },
  );
}

/** Firmware that gets "PXEClient" and no boot servers (option 43) asks for them on port 4011 (PXE 2.1 section 2.2). */
function checkPxeClient({ options }: Level, report: Report): void {
  const option = options.get(OptionCode.vendorClass);
  if (option?.octets === undefined || !String.fromCharCode(...option.octets).startsWith(PXE_CLIENT)) return;
  report.warning(
    option.valueAt,
    'firmware that gets "PXEClient" asks for boot servers on port 4011, where this server does not answer',
    { expected: "no such option, as with boot { ... }, or option vendor-encapsulated-options with the boot servers" },
  );
}

/** Warns of values that clients of a site do not get. `chain` is the site's, nearest first. */
export class SiteChecks {
  private readonly report: Report;
  /** Values already warned of, so that a value that many sites have in common is named once. */
  private readonly warned = new Set<number>();

  constructor(report: Report) {
    this.report = report;
  }

  check(chain: readonly Level[], scope: Scope, at: number): void {
    this.checkRoutes(chain);
    this.checkRoom(chain, scope, at);
  }

  /** RFC 3442: clients that take classless routes ignore routers. */
  private checkRoutes(chain: readonly Level[]): void {
    const routers = findOption(chain, OptionCode.routers);
    if (routers?.octets === undefined || routers.octets.length < 4) return;
    for (const code of [OptionCode.classlessRoutes, OptionCode.microsoftRoutes]) {
      const routes = findOption(chain, code);
      if (routes?.octets === undefined || hasDefaultRoute(routes.octets) || !this.isNew(routes.valueAt)) continue;
      this.report.warning(
        routes.valueAt,
        "clients that take these routes ignore the routers (RFC 3442) and have no default route",
        { expected: `0/0 ${formatIpv4(getUint32(routers.octets, 0))} among the routes` },
      );
    }
  }

  /** Clients that say nothing of their own take 576 octets with IP and UDP headers. */
  private checkRoom(chain: readonly Level[], scope: Scope, at: number): void {
    if (scope.options.requestedOnly) return;
    for (const code of leftOutOf(scope)) {
      const place = findOption(chain, code)?.at ?? at;
      if (!this.isNew(place)) continue;
      this.report.warning(
        place,
        `option ${optionByCode(code).name} has no room beside the others in a reply of ${REPLY_OCTETS_MIN_MAX} octets, which is what a client takes that does not ask for more`,
        { expected: "shorter values, or requested-options-only on;" },
      );
    }
  }

  private isNew(at: number): boolean {
    const isNew = !this.warned.has(at);
    this.warned.add(at);
    return isNew;
  }
}

const reply = new Reply();
const query = new Query();
const sent = new Uint8Array(REPLY_OCTETS_MAX);

/** Options that an OFFER to a client without wishes leaves out. */
function leftOutOf(scope: Scope): readonly number[] {
  const discover = new Uint8Array(Offset.options + 4);
  discover[Offset.op] = 1;
  putUint32(discover, Offset.cookie, MAGIC_COOKIE);
  discover.set([OptionCode.messageType, 1, MessageType.discover, OptionCode.end], Offset.options);
  query.decode(discover, 0, discover.length);
  reply.reset();
  reply.serverId = 1;
  reply.yiaddr = 1;
  reply.subnetMask = 1;
  reply.leaseSeconds = scope.defaultLeaseSeconds;
  reply.fileName = scope.fileName;
  reply.serverName = scope.serverName;
  reply.options = scope.options;
  encodeReply(query, reply, sent, 0);
  return optionsLeftOut();
}
