// The command line of anydhcpd: dhcpd(8)'s flags, with the glued optional argument of -u, plus
// --backend, --observe, --control and --strict. Pure: text in, options or an error out.

import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";

/** What the command line asks for. */
export interface Options {
  readonly configFile: string;
  readonly leaseFile: string;
  readonly checkOnly: boolean;
  readonly verbose: boolean;
  readonly strict: boolean;
  readonly backend: "udp" | "bpf";
  /** `--observe bpf`: packet sockets look on while the udp backend serves. */
  readonly observe: boolean;
  /** `-uADDRESS`, each once. */
  readonly addresses: readonly Ipv4[];
  /** `-u` without address. */
  readonly wildcard: boolean;
  readonly interfaces: readonly string[];
  /** `-h`, `--help`. */
  readonly help: boolean;
}

/** The usage text. */
export const USAGE = `usage: anydhcpd [-dfnv] [-c config-file] [-l lease-file] [--backend=udp|bpf]
                [--observe bpf] [--strict] [-u[address]] [interface ...]

  -c file        configuration (default /etc/dhcpd.conf)
  -l file        lease file (default /var/lib/anydhcpd/dhcpd.leases)
  -n             check the configuration and exit
  -u[address]    listen on this address too, for relayed queries (repeatable);
                 without address: one wildcard listener and no other
  -v             log debug messages too
  -d, -f         accepted: anydhcpd always stays in the foreground
  --backend=...  udp: ordinary sockets (default); bpf: raw frames, which
                 also hear what the firewall drops
  --observe bpf  look on at the wire while udp serves: tell of queries that
                 came in and did not reach us, of bad checksums and of other
                 DHCP servers (log, anydhcpctl status)
  --strict       refuse to start with a damaged lease file
  interface ...  serve only these (default: all that a subnet matches)
`;

/** dhcpd(8)'s flags for pf tables and synchronisation, which we do not have. */
const ABSENT_FLAGS: Readonly<Record<string, string>> = {
  A: "pf tables are not supported: leave out -A",
  C: "pf tables are not supported: leave out -C",
  L: "pf tables are not supported: leave out -L",
  Y: "dhcpd's synchronisation is not supported: leave out -Y",
  y: "dhcpd's synchronisation is not supported: leave out -y",
};

interface Draft {
  configFile: string;
  leaseFile: string;
  checkOnly: boolean;
  verbose: boolean;
  strict: boolean;
  backend: "udp" | "bpf";
  observe: boolean;
  addresses: Ipv4[];
  wildcard: boolean;
  interfaces: string[];
  help: boolean;
}

/** Parses the arguments after the program's name. Returns a sentence about what is wrong as `error`. */
export function parseArguments(argv: readonly string[]): { options: Options } | { error: string } {
  const draft: Draft = {
    configFile: "/etc/dhcpd.conf",
    leaseFile: "/var/lib/anydhcpd/dhcpd.leases",
    checkOnly: false,
    verbose: false,
    strict: false,
    backend: "udp",
    observe: false,
    addresses: [],
    wildcard: false,
    interfaces: [],
    help: false,
  };
  const rest = [...argv];
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (word === "--") {
      draft.interfaces.push(...rest.splice(0));
    } else if (word.startsWith("--")) {
      const error = takeLong(word, rest, draft);
      if (error !== undefined) return { error };
    } else if (word.startsWith("-") && word.length > 1) {
      const error = takeShort(word.slice(1), rest, draft);
      if (error !== undefined) return { error };
    } else {
      draft.interfaces.push(word);
    }
  }
  if (draft.wildcard && draft.addresses.length > 0) {
    return { error: "-u without an address listens on every address: leave out the others" };
  }
  if (draft.observe && draft.backend === "bpf") {
    return { error: "--observe looks on while the udp backend serves: leave out --backend=bpf" };
  }
  return { options: { ...draft, addresses: [...new Set(draft.addresses)] } };
}

function takeLong(word: string, rest: string[], draft: Draft): string | undefined {
  const [name, value] = word.split("=", 2);
  switch (name) {
    case "--help":
      draft.help = true;
      return undefined;
    case "--strict":
      draft.strict = true;
      return undefined;
    case "--control":
      return undefined; // the launcher has opened it
    case "--backend":
      if (value !== "udp" && value !== "bpf") return `--backend takes udp or bpf, not "${value ?? ""}"`;
      draft.backend = value;
      return undefined;
    case "--observe":
      if ((word === name ? rest.shift() : value) !== "bpf") return "--observe takes bpf: packet sockets that look on";
      draft.observe = true;
      return undefined;
    default:
      return `unknown option ${name ?? word}`;
  }
}

function takeShort(letters: string, rest: string[], draft: Draft): string | undefined {
  for (let i = 0; i < letters.length; i++) {
    const letter = letters.charAt(i);
    const glued = letters.slice(i + 1);
    switch (letter) {
      case "d":
      case "f":
        break;
      case "n":
        draft.checkOnly = true;
        break;
      case "v":
        draft.verbose = true;
        break;
      case "h":
        draft.help = true;
        break;
      case "c":
      case "l": {
        const value = glued !== "" ? glued : rest.shift();
        if (value === undefined) return `-${letter} needs a file name`;
        if (letter === "c") draft.configFile = value;
        else draft.leaseFile = value;
        return undefined;
      }
      case "u":
        return takeListenAddress(glued, draft);
      default:
        return ABSENT_FLAGS[letter] ?? `unknown option -${letter}`;
    }
  }
  return undefined;
}

function takeListenAddress(text: string, draft: Draft): string | undefined {
  if (text === "") {
    draft.wildcard = true;
    return undefined;
  }
  const address = parseIpv4(text);
  if (address === undefined) return `-u takes an IPv4 address, glued to it: cannot read "${text}"`;
  if (address === 0) draft.wildcard = true;
  else draft.addresses.push(address);
  return undefined;
}
