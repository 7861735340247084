// `anydhcpctl import`: what goes where, and the exit status.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IMPORT } from "../../../src/cli/import-command.ts";

let folder = "";
let output = "";
let errors = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "import-"));
  output = "";
  errors = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += Buffer.from(chunk).toString("latin1");
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    errors += Buffer.from(chunk).toString("latin1");
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, "latin1");
  return path;
}

describe("anydhcpctl import", () => {
  it("writes what comes of a file to standard output, octet by octet, with status 0 if nothing is lost", async () => {
    const path = write("dhcpd.conf", 'authoritative;\noption domain-name "\xc3\xa9.example";\n');
    expect(await IMPORT.run([path])).toBe(0);
    expect(output.split("\n\n")[1]).toBe('authoritative;\noption domain-name "\xc3\xa9.example";\n');
    expect(errors).toBe("");
  });

  it("names on standard error what is lost, with status 2", async () => {
    const path = write("dhcpd.conf", "authoritative;\nswitch (known) { }\n");
    expect(await IMPORT.run([path])).toBe(2);
    expect(errors).toMatch(
      /dhcpd\.conf:2: not carried over: switch .*: a condition cannot look at "known"; expected: /,
    );
  });

  it("names it as lines of JSON where that is asked for", async () => {
    const path = write("dhcpd.conf", "authoritative;\nswitch (known) { }\non commit { }\n");
    expect(await IMPORT.run(["--json", path])).toBe(2);
    const notices = errors
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(notices.map(({ kind, line }) => [kind, line])).toEqual([
      ["lost", 2],
      ["idle", 3],
    ]);
    expect(notices[0]).toMatchObject({
      file: path,
      subject: expect.stringMatching(/^switch/),
      reason: expect.any(String),
    });
  });

  it("names what has no effect and leaves it as it is, with status 2 [C26]", async () => {
    const path = write("dhcpd.conf", 'authoritative;\non commit { execute("x"); }\n');
    expect(await IMPORT.run([path])).toBe(2);
    expect(errors).toMatch(
      /dhcpd\.conf:2: without effect: on commit [^:]*: no statements are run when a lease changes/,
    );
    expect(output).toContain('\non commit { execute("x"); }\n');
  });

  it("reads included files from the directory of the main one", async () => {
    write("part.conf", "ping-timeout 2;\n");
    expect(await IMPORT.run([write("dhcpd.conf", 'authoritative;\ninclude "part.conf";\n')])).toBe(0);
    expect(output).toContain("\nping-timeout 2;\n");
  });

  it("says where a file of Kea's is wrong, with status 1 and no output", async () => {
    const path = write("kea.conf", '{\n "Dhcp4": {\n');
    expect(await IMPORT.run([path])).toBe(1);
    expect([output, errors]).toEqual(["", `${path}:3:1: a name between " and " is missing, or }\n`]);
  });

  it("says that there is no such file", async () => {
    await expect(IMPORT.run([join(folder, "none")])).rejects.toThrow(/none: there is no such file$/);
  });

  it.each([[[]], [["a", "b"]]])("takes one file, not %j", async (args) => {
    await expect(IMPORT.run(args)).rejects.toMatchObject({ code: "usage", message: "name one file" });
  });
});
