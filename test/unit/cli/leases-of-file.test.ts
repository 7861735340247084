// `anydhcpctl leases -l FILE` of files that hold more than leases, or none.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LEASES } from "../../../src/cli/leases-command.ts";

let folder = "";
let output = "";
let errors = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leases-"));
  output = "";
  errors = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += String(chunk);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    errors += String(chunk);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function file(text: string): string {
  const path = join(folder, "dhcpd.leases");
  writeFileSync(path, text);
  return path;
}

it("tells on standard error how many declarations of ISC's have no effect [C4]", async () => {
  const path = file(`host web1 { dynamic; hardware ethernet 02:00:5e:00:53:99; fixed-address 192.0.2.9; }
lease 192.0.2.20 { starts 4 2026/11/26 10:00:00; ends never; hardware ethernet 02:00:5e:00:53:10; }
class "a" { dynamic; }
host web2 { dynamic; deleted; }
`);
  expect(await LEASES.run(["-l", path])).toBe(0);
  expect(output).toContain("192.0.2.20");
  expect(errors).toBe(
    `${path}: the lease file declares 2 hosts, 1 class, which have no effect there, and the daemon keeps them there. ` +
      `Add what "anydhcpctl import ${path}" writes to dhcpd.conf, if it is not there yet\n`,
  );
});

it("tells of a single declaration of ISC's in the singular [C4]", async () => {
  const path = file("host web1 { dynamic; hardware ethernet 02:00:5e:00:53:99; fixed-address 192.0.2.9; }\n");
  expect(await LEASES.run(["-l", path])).toBe(0);
  expect(errors).toContain("declares 1 host, which has no effect there, and the daemon keeps it there. Add what");
});

it("fails for a file of which nothing is a lease, and says what it looks like [C21]", async () => {
  const path = file("address,hwaddr,client_id,valid_lifetime\n192.0.2.1,02:00:00:00:00:01,,600\n");
  await expect(LEASES.run(["-l", path])).rejects.toThrow(
    `${path}: nothing in this file is a lease: it looks like a lease file of Kea's (CSV): "anydhcpctl import ${path}"`,
  );
  expect(output).toBe("");
});

it("shows an empty list for an empty file [C21]", async () => {
  expect(await LEASES.run(["-l", file("")])).toBe(0);
  expect(errors).toBe("");
});
