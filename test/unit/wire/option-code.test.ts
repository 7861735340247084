import { describe, expect, it } from "vitest";
import { DEFAULT_ORDER, optionByCode, optionByName, SETTABLE_OPTIONS } from "../../../src/wire/options/option-code.ts";

describe("the option registry", () => {
  it.each([
    ["subnet-mask", 1, "I"],
    ["routers", 3, "IA"],
    ["domain-name", 15, "t"],
    ["static-routes", 33, "IIA"],
    ["dhcp-client-identifier", 61, "X"],
    ["domain-search", 119, "D"],
    ["classless-static-routes", 121, "CIA"],
    ["classless-ms-static-routes", 249, "CIA"],
    ["option-224", 224, "X"],
    ["option-84", 84, "X"],
    ["nwip-domain", 62, "t"],
    ["pxe-system-type", 93, "SA"],
    ["ipv6-only-preferred", 108, "L"],
    ["v4-captive-portal", 114, "t"],
    ["auto-config", 116, "f"],
    ["tftp-config-file", 144, "t"],
    ["voip-configuration-server", 150, "IA"],
    ["vss", 221, "X"],
  ])("knows %s", (name, code, format) => {
    expect(optionByName(name)).toEqual({ code, name, format });
    expect(optionByCode(code).name).toBe(name);
  });

  it.each([
    ["vendor-class-identifier", "dhcp-class-identifier"],
    ["v6-only-preferred", "ipv6-only-preferred"],
    ["default-url", "v4-captive-portal"],
    ["tftp-server-address", "voip-configuration-server"],
  ])("knows ISC's %s as %s", (other, name) => {
    expect(optionByName(other)).toEqual(optionByName(name));
  });

  it.each([62, 80, 93, 125, 221])("keeps option-%i, which takes octets, for configurations that use it", (code) => {
    expect(optionByName(`option-${code}`)).toEqual({ code, name: `option-${code}`, format: "X" });
  });

  it.each(["option-3", "option-0", "option-255", "option-256", "pad", "option-end", "nonsense", "__proto__", ""])(
    "has nothing to set under the name %j",
    (name) => {
      expect(optionByName(name)).toBeUndefined();
    },
  );

  it("has exactly the codes 1 to 254 to set, each under one name", () => {
    expect(SETTABLE_OPTIONS.map((option) => option.code)).toEqual(Array.from({ length: 254 }, (_, i) => i + 1));
    expect(new Set(SETTABLE_OPTIONS.map((option) => option.name)).size).toBe(254);
  });

  it("answers for codes that no octet can hold, without throwing", () => {
    expect(optionByCode(256).format).toBe("");
    expect(optionByCode(-1).format).toBe("");
  });
});

describe("DEFAULT_ORDER", () => {
  it("is dhcpd(8)'s: the server's own, masks and routes before routers, names, then the rest by code", () => {
    const sorted = [250, 249, 121, 119, 82, 77, 62, 61, 59, 58, 55, 54, 53, 51, 43, 33, 28, 16, 15, 12, 7, 6, 3, 2, 1];
    expect(sorted.toSorted(DEFAULT_ORDER)).toEqual([
      53, 54, 51, 58, 59, 61, 1, 2, 121, 249, 3, 6, 12, 7, 15, 119, 16, 28, 33, 43, 55, 77, 82, 62, 250,
    ]);
  });

  it("puts every code at a place of its own", () => {
    const codes = Array.from({ length: 256 }, (_, i) => i);
    for (const [i, code] of codes.toSorted(DEFAULT_ORDER).entries()) {
      const next = codes.toSorted(DEFAULT_ORDER)[i + 1];
      if (next !== undefined) expect(DEFAULT_ORDER(code, next)).toBeLessThan(0);
    }
  });
});
