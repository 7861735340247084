// The text that `anydhcpd --help` prints. The launcher reads the command line (launcher/arguments.c).

/** The usage text, with a newline at its end. */
export const USAGE = `usage: anydhcpd [-dfnv] [-c config-file] [-l lease-file] [--backend udp|bpf]
                [--control socket] [--control-group group] [--log text|json]
                [--observe bpf] [--require-sandbox] [--shield xdp|off] [--strict]
                [-u[address]] [interface ...]
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
  --require-sandbox
                 refuse to start on a kernel that cannot fence it in fully
  --shield xdp   let the kernel drop DHCPDISCOVERs that come too fast, before
                 they reach a socket (default: off)
  --strict       refuse to start with a damaged lease file
  interface ...  serve only these (default: all that a subnet matches)

An option's value may also follow a "=": --backend=bpf. See anydhcpd(8).
`;
