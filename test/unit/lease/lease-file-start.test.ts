import { describe, expect, it } from "vitest";
import { beginsAsLeaseFile, isTornStart, LEASE_FILE_HEAD_OCTETS } from "../../../src/lease/file/lease-file-start.ts";
import { octets } from "../../support/lease-clients.ts";
import { LEASE_FILES, OTHER_FILES } from "../../support/lease-file-starts.ts";

const headOf = (text: string): Uint8Array => octets(text).slice(0, LEASE_FILE_HEAD_OCTETS);

describe("how a file begins", () => {
  it.each(LEASE_FILES)("as a lease file does: %s [B1]", (_what, text) => {
    expect(beginsAsLeaseFile(headOf(text))).toBe(true);
  });

  it.each(OTHER_FILES)("as no lease file does: %s [B1]", (_what, text) => {
    expect(beginsAsLeaseFile(headOf(text))).toBe(false);
  });

  it("as a crash leaves it: NUL octets, or a part of our header", () => {
    for (const text of ["\0", "\0\0\0\0", "#", "# anydhcpd leases, form"]) expect(isTornStart(headOf(text))).toBe(true);
    for (const text of ["\0\0x", "# any lease", "# anydhcpd leases, format 1", "a"]) {
      expect(isTornStart(headOf(text))).toBe(false);
    }
  });
});
