// What /proc/PID/status says of a process, read as people ask for it.

import { describe, expect, it } from "vitest";
import { describeCapabilities, privilegesOf, readPrivileges } from "../../../lab/behaviours/privileges.ts";

const status = ({ effective = "0", permitted = "0", noNewPrivs = 0, seccomp = 0 } = {}): string =>
  `Name:\tx\nUid:\t0\t65534\t0\t0\nCapPrm:\t${permitted}\nCapEff:\t${effective}\nNoNewPrivs:\t${noNewPrivs}\nSeccomp:\t${seccomp}\n`;

describe("the privileges of a process", () => {
  it("are its effective user and no capability where it has none", () => {
    const privileges = privilegesOf([status()], false);
    expect(privileges.uid).toBe(65_534);
    expect(describeCapabilities(privileges)).toBe("no capability");
  });

  it("are those of all its threads together, effective or permitted", () => {
    const privileges = privilegesOf([status({ effective: "1000" }), status({ permitted: "2400" })], false);
    expect(describeCapabilities(privileges)).toBe("NET_BIND_SERVICE, NET_ADMIN, NET_RAW");
    expect(describeCapabilities(privilegesOf([status({ effective: "000001ffffffffff" })], false))).toBe(
      "41 capabilities",
    );
  });

  it("are confined only if all threads are", () => {
    const confined = status({ noNewPrivs: 1, seccomp: 2 });
    expect(privilegesOf([confined, confined], true)).toMatchObject({
      hasNoNewPrivileges: true,
      hasSystemCallFilter: true,
      hasOwnRoot: true,
    });
    expect(privilegesOf([confined, status()], false)).toMatchObject({
      hasNoNewPrivileges: false,
      hasSystemCallFilter: false,
    });
  });

  it("can be read of a process that runs", () => {
    expect(readPrivileges(process.pid)).toMatchObject({ uid: process.geteuid?.(), hasOwnRoot: false });
  });
});
