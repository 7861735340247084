// The command line of anydhcpd: dhcpd(8)'s flags, with the glued optional argument of -u, and long options,
// whose values follow a "=" or are the next argument. Pure: text in, options or an error out. The launcher
// reads the same arguments (launcher/arguments.c); test/helper/arguments.test.ts compares the two.

import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";

/** What the command line asks for. */
export interface Options {
  readonly configFile: string;
  readonly leaseFile: string;
  readonly checkOnly: boolean;
  readonly verbose: boolean;
  readonly strict: boolean;
  readonly backend: "udp" | "bpf";
  /** `--observe bpf`: packet sockets watch the wire while the udp backend serves. */
  readonly observe: boolean;
  /** `--control PATH` and `--control-group GROUP`, for the launcher; undefined: its defaults. */
  readonly control: string | undefined;
  readonly controlGroup: string | undefined;
  /** `--log`; undefined: by what standard output is. */
  readonly log: "text" | "json" | undefined;
  /** `-uADDRESS`, each once. */
  readonly addresses: readonly Ipv4[];
  /** `-u` without address. */
  readonly wildcard: boolean;
  readonly interfaces: readonly string[];
  /** `-h`, `--help`: nothing after it counts. */
  readonly help: boolean;
  /** `--version`: nothing after it counts. */
  readonly version: boolean;
}

/** The usage text. */
export const USAGE = `usage: anydhcpd [-dfnv] [-c config-file] [-l lease-file] [--backend udp|bpf]
                [--control socket] [--control-group group] [--log text|json]
                [--observe bpf] [--strict] [-u[address]] [interface ...]
       anydhcpd --help | --version

  -c file        configuration (default /etc/dhcpd.conf)
  -l file        lease file (default /var/lib/anydhcpd/dhcpd.leases)
  -n             check the configuration and exit
  -u[address]    listen on this address too, for relayed queries (repeatable);
                 no space before it; without address: one wildcard listener
                 and no other
  -v             log debug messages too
  -d, -f         accepted: anydhcpd always stays in the foreground
  --backend name udp: ordinary sockets (default); bpf: raw frames, which
                 also hear what the firewall drops
  --control path the socket that anydhcpctl asks
                 (default /run/anydhcpd/control.sock)
  --control-group group
                 who may read there, beside root (default: _anydhcpd, the
                 daemon's own group, if there is such a user)
  --log format   text or json (default: text on a terminal and in the
                 journal, else json)
  --observe bpf  watch the wire while udp serves, and report queries that came
                 in and did not reach us, bad checksums and other DHCP
                 servers (log, anydhcpctl status)
  --strict       refuse to start with a damaged lease file
  interface ...  serve only these (default: all that a subnet matches)

An option's value may also follow a "=": --backend=bpf. See anydhcpd(8).
`;

/** dhcpd(8)'s flags for pf tables and synchronisation, which we do not have. */
const ABSENT_FLAGS: Readonly<Record<string, string>> = {
  A: "pf tables are not supported: leave out -A",
  C: "pf tables are not supported: leave out -C",
  L: "pf tables are not supported: leave out -L",
  Y: "dhcpd's synchronisation is not supported: leave out -Y",
  y: "dhcpd's synchronisation is not supported: leave out -y",
};

type Draft = {
  -readonly [Name in keyof Options]: Options[Name] extends readonly (infer Item)[] ? Item[] : Options[Name];
};

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
    control: undefined,
    controlGroup: undefined,
    log: undefined,
    addresses: [],
    wildcard: false,
    interfaces: [],
    help: false,
    version: false,
  };
  const rest = [...argv];
  while (rest.length > 0 && !draft.help && !draft.version) {
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
  if (draft.help || draft.version) return { options: draft };
  const address = draft.interfaces.find((name) => parseIpv4(name) !== undefined);
  if (address !== undefined) {
    return { error: `${address} is an address where an interface is expected: to listen on it write -u${address}` };
  }
  if (draft.wildcard && draft.addresses.length > 0) {
    return { error: "-u without an address listens on every address: leave out the others" };
  }
  if (draft.observe && draft.backend === "bpf") {
    return { error: "--observe watches the wire while the udp backend serves: leave out --backend=bpf" };
  }
  return { options: { ...draft, addresses: [...new Set(draft.addresses)] } };
}

/** Long options with a value, and what takes it: a sentence where it cannot. */
const VALUES: Readonly<Record<string, (value: string, draft: Draft) => string | undefined>> = {
  "--backend": (value, draft) => {
    if (value !== "udp" && value !== "bpf") return `--backend takes udp or bpf, not "${value}"`;
    draft.backend = value;
    return undefined;
  },
  "--observe": (value, draft) => {
    if (value !== "bpf") return "--observe takes bpf: packet sockets that watch the wire";
    draft.observe = true;
    return undefined;
  },
  "--log": (value, draft) => {
    if (value !== "text" && value !== "json") return `--log takes text or json, not "${value}"`;
    draft.log = value;
    return undefined;
  },
  "--control": (value, draft) => {
    draft.control = value;
    return value === "" ? "--control needs the name of a socket" : undefined;
  },
  "--control-group": (value, draft) => {
    draft.controlGroup = value;
    return value === "" ? "--control-group needs the name of a group" : undefined;
  },
};

function takeLong(word: string, rest: string[], draft: Draft): string | undefined {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const take = VALUES[name];
  if (take !== undefined) return take((equals < 0 ? rest.shift() : word.slice(equals + 1)) ?? "", draft);
  if (name !== "--help" && name !== "--version" && name !== "--strict") return `unknown option ${name}`;
  if (equals >= 0) return `${name} takes no value`;
  draft[name === "--help" ? "help" : name === "--version" ? "version" : "strict"] = true;
  return undefined;
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
        return undefined;
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
