// RFC 4578: DHCP options for PXE; RFC 5970: the architectures that boot over HTTP. Messages have the
// options that OVMF, SeaBIOS' ROMs and iPXE send.

import { describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";

const octets = (text: string): number[] => [...new TextEncoder().encode(text)];
const UUID = [0, ...Array.from({ length: 16 }, (_, i) => i + 1)];
const BOOT = `boot {
  server 10.0.0.9;
  bios "undionly.kpxe";
  uefi-x64 "ipxe.efi";
  uefi-arm64 "snp-arm64.efi";
  http-uefi-x64 "http://boot.example.org/ipxe.efi";
  architecture 41 "rpi/";
  ipxe "http://boot.example.org/menu.ipxe";
}`;

/** What PXE firmware of an architecture says of itself. */
function firmware(...architectures: number[]): [number, number[]][] {
  const [first = 0] = architectures;
  const kind = first >= 0x0f && first <= 0x13 ? "HTTPClient" : "PXEClient";
  return [
    [97, UUID],
    [93, architectures.flatMap((number) => [number >> 8, number & 255])],
    [94, [1, 3, 0]],
    [60, octets(`${kind}:Arch:${String(first).padStart(5, "0")}:UNDI:003000`)],
  ];
}

function bootOf(options: [number, number[]][], { statements = BOOT, host = "" } = {}) {
  const text = `ping-check false; ${host} subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; ${statements} }`;
  const world = new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
  const offer = world.send({ type: 1, chaddr: "02:00:00:00:00:01", requestList: [1, 3, 43, 60, 66, 67, 97], options });
  const { file, siaddr, options: got } = decodeMessage(offer.bytes);
  return { file, siaddr, vendorClass: got.get(60), machine: got.get(97), architecture: got.get(93) };
}

describe("RFC 4578 section 2: the boot file", () => {
  it.each([
    [0, "undionly.kpxe"],
    [7, "ipxe.efi"],
    [9, "ipxe.efi"],
    [11, "snp-arm64.efi"],
    [41, "rpi/"],
    [6, ""],
  ])("of architecture %i is %o [4578 2-1]", (architecture, file) => {
    const boot = bootOf(firmware(architecture));
    expect(boot.file).toBe(file);
    expect(boot.siaddr).toBe(file === "" ? "0.0.0.0" : "10.0.0.9");
  });

  it("goes by the architecture that the client names first [4578 2-1, 5970 3.3-1]", () => {
    expect(bootOf(firmware(11, 7)).file).toBe("snp-arm64.efi");
  });

  it("is that of a BIOS for firmware that is older than the option", () => {
    expect(bootOf([[60, octets("PXEClient:Arch:00000:UNDI:002001")]]).file).toBe("undionly.kpxe");
    expect(bootOf([[60, octets("MSFT 5.0")]]).file).toBe("");
  });

  it("leaves clients alone that do not boot", () => {
    expect(bootOf([])).toMatchObject({ file: "", siaddr: "0.0.0.0", vendorClass: undefined });
  });

  it("gives way to what stands nearer: a host's own", () => {
    const host = 'host a { hardware ethernet 02:00:00:00:00:01; filename "own"; next-server 10.0.0.8; }';
    expect(bootOf(firmware(7), { host })).toMatchObject({ file: "own", siaddr: "10.0.0.8" });
  });

  it("comes from this server where no other is named", () => {
    expect(bootOf(firmware(0), { statements: 'boot { bios "x"; }' })).toMatchObject({ file: "x", siaddr: "10.0.0.1" });
  });
});

describe("iPXE, which says the architecture of the firmware that has loaded it", () => {
  const ipxe = (userClass: number[]): [number, number[]][] => [
    ...firmware(7),
    [77, userClass],
    [175, [0xb1, 4, 1, 2, 3, 4]],
  ];

  it.each([
    ["as text", octets("iPXE")],
    ["as RFC 3004 has it", [4, ...octets("iPXE")]],
  ])("gets the script and not itself again: user class %s", (_how, userClass) => {
    expect(bootOf(ipxe(userClass)).file).toBe("http://boot.example.org/menu.ipxe");
  });

  it("is known by its own options too", () => {
    expect(bootOf([...firmware(0), [175, [0xb1, 4, 1, 2, 3, 4]]]).file).toBe("http://boot.example.org/menu.ipxe");
  });
});

describe("RFC 4578 section 2.3: the machine's identifier", () => {
  it("comes back as it was sent, and is not made up [4578 2.3-1]", () => {
    expect(bootOf(firmware(7)).machine).toEqual(UUID);
    expect(bootOf([[60, octets("PXEClient")]]).machine).toBeUndefined();
  });

  it("is the only one of PXE's own options that comes back [4578 2.1-1, 2.2-1]", () => {
    expect(bootOf(firmware(7)).architecture).toBeUndefined();
  });
});

describe("RFC 5970 section 6: boot over HTTP", () => {
  it("is answered with the vendor class that the firmware waits for and a URI [5970 6-1, 6-2]", () => {
    expect(bootOf(firmware(0x10))).toMatchObject({
      file: "http://boot.example.org/ipxe.efi",
      vendorClass: octets("HTTPClient"),
    });
  });

  it("is offered to nobody whose architecture is not named, nor is the vendor class [5970 6-2]", () => {
    expect(bootOf(firmware(0x13))).toMatchObject({ file: "", vendorClass: undefined });
    expect(bootOf(firmware(7)).vendorClass).toBeUndefined();
  });
});
