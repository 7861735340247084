// Kinds of client that configurations from practice tell apart: what each says about itself, and which
// options it asks for.

/** What a kind of client puts in its DISCOVER and REQUEST. */
export interface KindOfClient {
  readonly name: string;
  /** The parameter request list. */
  readonly asks: readonly number[];
  /** Further options, values in hex. */
  readonly says: readonly (readonly [number, string])[];
}

const text = (value: string): string => Buffer.from(value).toString("hex");
const vendorClass = (value: string) => [60, text(value)] as const;

const PXE_ASKS = [1, 2, 3, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 66, 67, 128, 129, 130, 135];
const PXE_SAYS = (architecture: number, undi: string) =>
  [
    vendorClass(`PXEClient:Arch:${String(architecture).padStart(5, "0")}:UNDI:${undi}`),
    [93, architecture.toString(16).padStart(4, "0")],
    [94, "010310"],
  ] as const;

/** A client of each kind is asked about in each subnet of a configuration. */
export const KINDS_OF_CLIENT: readonly KindOfClient[] = [
  { name: "a Linux host", asks: [1, 3, 6, 12, 15, 26, 28, 33, 42, 119, 121, 252], says: [] },
  {
    name: "Windows",
    asks: [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
    says: [vendorClass("MSFT 5.0"), [12, text("office-pc")]],
  },
  { name: "PXE with a BIOS", asks: PXE_ASKS, says: PXE_SAYS(0, "002001") },
  { name: "PXE with UEFI", asks: PXE_ASKS, says: PXE_SAYS(7, "003016") },
  {
    name: "UEFI booting by HTTP",
    asks: [1, 3, 6, 15, 28, 43, 60, 66, 67],
    says: [vendorClass("HTTPClient:Arch:00016:UNDI:003016"), [93, "0010"], [94, "010310"]],
  },
  {
    name: "iPXE",
    asks: [1, 3, 6, 7, 12, 15, 17, 43, 60, 66, 67, 175, 203],
    says: [...PXE_SAYS(0, "002001"), [77, text("iPXE")], [175, "b105011af41000"]],
  },
  {
    name: "a telephone",
    asks: [1, 3, 6, 12, 15, 33, 43, 44, 66, 67, 132, 150, 160, 176, 242],
    says: [vendorClass("Cisco Systems, Inc. IP Phone CP-7960G")],
  },
  { name: "a switch of Juniper's", asks: [1, 3, 6, 12, 42, 43, 66, 67, 150], says: [vendorClass("Juniper-ex2200-c")] },
  {
    name: "a switch with ONIE",
    asks: [1, 3, 6, 7, 12, 15, 42, 43, 66, 67, 72, 114, 125, 150, 239, 240],
    says: [vendorClass("onie_vendor:x86_64-example_sw1-r0")],
  },
  {
    name: "a client behind a line of a relay",
    asks: [1, 3, 6, 15],
    says: [[82, `0105${text("ge0/1")}0206020000000afe`]],
  },
];
