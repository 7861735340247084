import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { CLUSTER_DEFAULTS } from "../../../src/config/model/cluster.ts";
import { configOf } from "../../support/config-text.ts";

const SUBNET = "listen on 192.0.2.53; subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }\n";
const LEAST = 'etcd "http://10.0.0.1:2379"; name "a";';
const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

function filesOf(files: Readonly<Record<string, string>>): FileReader {
  return (path) => {
    const text = files[path];
    return text === undefined ? { problem: "there is no such file" } : { text };
  };
}

function load(block: string, files: Readonly<Record<string, string>> = {}) {
  return loadConfig("/etc/dhcpd.conf", `${SUBNET}cluster { ${block} }`, { readFile: filesOf(files) });
}

function complaints(block: string, files: Readonly<Record<string, string>> = {}): string[] {
  return load(block, files).diagnostics.map(({ severity, line, column, message }) => {
    return `${line}:${column} ${severity} ${message}`;
  });
}

describe("a cluster", () => {
  it("is in no configuration that has no such block", () => {
    expect(configOf(SUBNET)).toMatchObject({ cluster: undefined, drainSeconds: 0 });
  });

  it("needs its members of etcd and a name, and has defaults for the rest", () => {
    const { config, diagnostics } = load(LEAST);
    expect(diagnostics).toEqual([]);
    expect(config?.cluster).toEqual({
      ...CLUSTER_DEFAULTS,
      endpoints: ["http://10.0.0.1:2379"],
      name: "a",
      at: { file: "/etc/dhcpd.conf", line: 2, column: 1 },
    });
    expect(config?.cluster).toMatchObject({ prefix: "anydhcpd", reserveSeconds: 600, guardSeconds: 70 });
  });

  it("takes every setting, and what the files have that it names", () => {
    const { config, diagnostics } = load(
      `etcd "https://etcd-1.example.org", "https://[2001:DB8::1]:4001/"; name "node-1.b"; prefix "site/dhcp";
       reserve 3600; guard 100; clock-skew 60; secret-file "secret"; ca-file "/ca.pem"; certificate-file "a.pem";
       key-file "a.key"; user "dhcp"; password-file "password";`,
      {
        "/etc/secret": "0123456789abcdef\n",
        "/ca.pem": PEM,
        "/etc/a.pem": PEM,
        "/etc/a.key": PEM,
        "/etc/password": "x y\r\n",
      },
    );
    expect(diagnostics).toEqual([]);
    const file = (path: string, text: string) => ({ path, octets: new TextEncoder().encode(text) });
    expect(config?.cluster).toMatchObject({
      endpoints: ["https://etcd-1.example.org:2379", "https://[2001:db8::1]:4001"],
      name: "node-1.b",
      prefix: "site/dhcp",
      reserveSeconds: 3600,
      guardSeconds: 100,
      clockSkewSeconds: 60,
      secret: file("/etc/secret", "0123456789abcdef"),
      authority: file("/ca.pem", PEM),
      certificate: file("/etc/a.pem", PEM),
      key: file("/etc/a.key", PEM),
      user: "dhcp",
      password: file("/etc/password", "x y"),
    });
  });

  it("may stand in a file of its own, whose directory names count from", () => {
    const files = { "/etc/d/cluster.conf": `cluster { ${LEAST} secret-file "s"; }`, "/etc/d/s": "0123456789abcdef" };
    const text = `${SUBNET}include "d/cluster.conf";`;
    const { config } = loadConfig("/etc/dhcpd.conf", text, { readFile: filesOf(files) });
    expect(config?.cluster?.secret?.path).toBe("/etc/d/s");
  });

  it("answers for five seconds after its route was withdrawn, unless the file says otherwise", () => {
    expect(configOf(`${SUBNET}cluster { ${LEAST} }`).drainSeconds).toBe(5);
    expect(configOf(`${SUBNET}cluster { ${LEAST} } drain-time 0;`).drainSeconds).toBe(0);
    expect(configOf(`${SUBNET}drain-time 20;`).drainSeconds).toBe(20);
  });

  it.each([
    ["", 86_400],
    ["max-lease-time 600;", 600],
    ["max-lease-time 600; host a { max-lease-time 900; }", 900],
    ["max-lease-time 600; subnet 10.1.0.0 netmask 255.255.255.0 { range dynamic-bootp 10.1.0.5; }", Infinity],
  ])("knows with '%s' that no lease is longer than %d seconds", (text, seconds) => {
    expect(configOf(`${SUBNET}${text}`).longestLeaseSeconds).toBe(seconds);
  });

  it.each([
    ['name "a";', "2:1 error the cluster has no etcd"],
    ['etcd "http://10.0.0.1";', "2:1 error the cluster has no name for this server"],
    ['etcd "10.0.0.1:2379"; name "a";', '2:16 error "10.0.0.1:2379" is not an address of etcd'],
    ['etcd "https://10.0.0.1:70000"; name "a";', '2:16 error "https://10.0.0.1:70000" is not an address of etcd'],
    ['etcd "https://u:p@10.0.0.1"; name "a";', '2:16 error "https://u:p@10.0.0.1" is not an address of etcd'],
    ['etcd "https://10.0.0.1/v3"; name "a";', '2:16 error "https://10.0.0.1/v3" is not an address of etcd'],
    ['etcd "http://x", "http://X:2379"; name "a";', "2:28 error http://x:2379 is here twice"],
    ['etcd "http://x", "https://y"; name "a";', "2:11 error some addresses of etcd are http and some https"],
    [`${LEAST} name "b";`, "2:50 error name is here twice"],
    [`${LEAST} reserve 0;`, "2:58 error 0 is out of range"],
    [
      `${LEAST} guard 65;`,
      "2:50 error the guard of 65 seconds is too short: 30 seconds of clock-skew, 5 of drift, 30 of a late message",
    ],
    [
      `${LEAST} clock-skew 40;`,
      "2:50 error the guard of 70 seconds is too short: 40 seconds of clock-skew, 5 of drift, 30 of a late message",
    ],
    [`${LEAST} secret-file "none";`, "2:62 error /etc/none cannot be read: there is no such file"],
    [`${LEAST} secret-file "short";`, "2:62 error /etc/short has 15 octets"],
    [`${LEAST} ca-file "short";`, "2:58 error /etc/short is no PEM file"],
    [
      `${LEAST} certificate-file "c.pem"; key-file "none";`,
      "2:85 error /etc/none cannot be read: there is no such file",
    ],
    [`${LEAST} user "x";`, "2:50 error user needs password-file too"],
  ])("with %s is refused", (block, said) => {
    const files = { "/etc/short": "0123456789abcde\n", "/etc/c.pem": PEM };
    expect(complaints(block, files)).toContain(said);
    expect(load(block, files).config).toBeUndefined();
  });

  it("needs a certificate and its key together", () => {
    const files = { "/etc/c.pem": PEM };
    const https = 'etcd "https://10.0.0.1"; name "a";';
    expect(complaints(`${https} certificate-file "c.pem";`, files)).toEqual([
      "2:46 error certificate-file needs key-file too",
    ]);
    expect(complaints(`${https} key-file "c.pem";`, files)).toEqual(["2:46 error key-file needs certificate-file too"]);
  });

  it("is there once", () => {
    const { diagnostics } = loadConfig("f", `${SUBNET}cluster { ${LEAST} }\ncluster { ${LEAST} }`);
    expect(diagnostics.map(({ line, message }) => `${line} ${message}`)).toEqual(["3 there is a second cluster block"]);
  });

  it.each([
    ["", "on the addresses of its interfaces"],
    ["listen on 192.0.2.53, 192.0.2.54;", "on 2 addresses"],
  ])("warns that clients know its servers by different addresses with '%s'", (listen, where) => {
    const text = `${listen}\ncluster { ${LEAST} } subnet 10.0.0.0 netmask 255.255.255.0 { }`;
    const messages = (more: string) => loadConfig("f", `${more}${text}`).diagnostics.map(({ message }) => message);
    expect(messages("")).toEqual([`the cluster has no server-identifier, and this server listens ${where}`]);
    expect(messages("server-identifier 192.0.2.53; ")).toEqual([]);
  });

  it("warns of a password and of certificates without TLS", () => {
    const block = `${LEAST} user "x"; password-file "p"; ca-file "c.pem";`;
    expect(complaints(block, { "/etc/p": "p", "/etc/c.pem": PEM })).toEqual([
      "2:50 warning the password goes over the network as it is: etcd is reached by http",
      "2:79 warning certificates have no effect: etcd is reached by http",
    ]);
  });

  it("does without what cannot be read and complains of each of it once", () => {
    expect(complaints('ectd "http://x";\nname 12; reserve soon\n guard 80 clock-skew 1;')).toEqual([
      '2:11 error "ectd" is no setting of a cluster',
      '3:6 error unexpected "12"',
      '3:18 error unexpected "soon"',
      '4:11 error unexpected "clock-skew"',
    ]);
  });
});
