// What commands read whole has an end.

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfigFile } from "../../../src/cli/config-file.ts";
import { refuseEndless } from "../../../src/cli/endless-file.ts";
import { EXPLAIN } from "../../../src/cli/explain-command.ts";
import { latestRecords } from "../../../src/cli/lease-records.ts";

const REFUSAL = "/dev/zero: it is a device, whose content need not end: name a file";

describe("a file that is read whole", () => {
  it("is no device that goes on for ever: as a lease file, a capture, a configuration", async () => {
    expect(() => latestRecords("/dev/zero")).toThrow(REFUSAL);
    await expect(EXPLAIN.run(["--pcap", "/dev/zero"])).rejects.toThrow(REFUSAL);
    await expect(readConfigFile("/dev/zero")).rejects.toThrow(REFUSAL);
  });

  it("may be /dev/null, a file, a pipe", async () => {
    expect(latestRecords("/dev/null")).toEqual([]);
    expect((await readConfigFile("/dev/null")).text).toContain("no subnet is declared");
    const fd = openSync(import.meta.filename, "r");
    expect(() => refuseEndless(fd)).not.toThrow();
    closeSync(fd);
    const folder = mkdtempSync(join(tmpdir(), "endless-"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const pipe = openSync(join(folder, "pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
    expect(() => refuseEndless(pipe)).not.toThrow();
    closeSync(pipe);
    rmSync(folder, { recursive: true });
  });
});
