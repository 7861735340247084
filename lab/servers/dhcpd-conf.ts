// The part of a configuration that anydhcpd and ISC dhcpd read alike: dhcpd.conf(5).

import { netmaskOf, type ServedSubnet, type Service } from "./service.ts";

/** The text of a service in dhcpd.conf's language, `statements` first. */
export function dhcpdConf(service: Service, statements: readonly string[] = []): string {
  const lines = [
    "authoritative;",
    ...statements,
    `ping-check ${service.conflictCheck};`,
    `default-lease-time ${service.leaseSeconds};`,
    `max-lease-time ${service.leaseSeconds};`,
    ...service.subnets.flatMap(subnetLines),
    ...service.subnets.flatMap(hostLines),
  ];
  return `${lines.join("\n")}\n`;
}

function subnetLines(subnet: ServedSubnet): string[] {
  const { domainNameServers = [], domainName, routers = [] } = subnet;
  return [
    `subnet ${subnet.network} netmask ${netmaskOf(subnet.prefixLength)} {`,
    ...subnet.ranges.map(({ first, last }) => `  range ${first} ${last};`),
    ...(routers.length > 0 ? [`  option routers ${routers.join(", ")};`] : []),
    ...(domainNameServers.length > 0 ? [`  option domain-name-servers ${domainNameServers.join(", ")};`] : []),
    ...(domainName === undefined ? [] : [`  option domain-name "${domainName}";`]),
    "}",
  ];
}

function hostLines(subnet: ServedSubnet): string[] {
  return (subnet.reservations ?? []).map(({ hardware, address }) => {
    const name = `host-${hardware.replaceAll(":", "-")}`;
    return `host ${name} { hardware ethernet ${hardware}; fixed-address ${address}; }`;
  });
}
