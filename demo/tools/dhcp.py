"""DHCP messages and the frames around them, for the demo's and the tests' client, relay and
capture. Standard library only. Nothing here is shared with the server: an independent reading of
RFC 2131/2132, so that a mistake of the server is seen instead of repeated.
"""

import socket
import struct

COOKIE = b"\x63\x82\x53\x63"
TYPES = ["?", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM", "FORCERENEW",
         "LEASEQUERY", "LEASEUNASSIGNED", "LEASEUNKNOWN", "LEASEACTIVE", "BULKLEASEQUERY", "LEASEQUERYDONE"]
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806
SOL_PACKET = 263
PACKET_AUXDATA = 8
TP_STATUS_CSUMNOTREADY = 8
TP_STATUS_VLAN_VALID = 0x10
PACKET_OUTGOING = 4
# op htype hlen hops xid secs flags ciaddr yiaddr siaddr giaddr chaddr sname file
HEADER = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(octets):
    return ":".join("%02x" % octet for octet in octets)


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def encode_message(m):
    """A BOOTP/DHCP message from a dict; every field has a default. `options` is a list of
    [code, hex]; `type` puts option 53 first; `tail` is hex appended after the end option."""
    options = b""
    if m.get("type"):
        options += bytes([53, 1, TYPES.index(m["type"]) if isinstance(m["type"], str) else m["type"]])
    for code, value in m.get("options", []):
        value = bytes.fromhex(value)
        options += bytes([code, len(value)]) + value
    options += b"\xff" + bytes.fromhex(m.get("tail", ""))
    chaddr = mac_bytes(m.get("chaddr", "02:00:00:00:00:01"))
    header = HEADER.pack(
        m.get("op", 1), m.get("htype", 1), m.get("hlen", len(chaddr)), m.get("hops", 0),
        m.get("xid", 1), m.get("secs", 0), m.get("flags", 0x8000 if m.get("broadcast") else 0),
        *(socket.inet_aton(m.get(name, "0.0.0.0")) for name in ("ciaddr", "yiaddr", "siaddr", "giaddr")),
        chaddr.ljust(16, b"\0"), b"", b"")
    # Relays and old servers expect at least the 300 octets of BOOTP (RFC 1542 2.1).
    return (header + COOKIE + options).ljust(300, b"\0")


def decode_message(octets):
    """The dict of a message: header fields by their RFC names, `type`, `options` {code: hex}
    (repeated ones concatenated, RFC 3396) and `order`, the codes as they came. Options in an
    overloaded file and sname are read too."""
    if len(octets) < 240 or octets[236:240] != COOKIE:
        return None
    (op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file
     ) = HEADER.unpack_from(octets)
    options, order = {}, []

    def walk(area):
        i = 0
        while i < len(area) and area[i] != 255:
            if area[i] == 0:
                i += 1
                continue
            if i + 1 >= len(area) or i + 2 + area[i + 1] > len(area):
                order.append(-1)
                return
            options[area[i]] = options.get(area[i], b"") + area[i + 2:i + 2 + area[i + 1]]
            order.append(area[i])
            i += 2 + area[i + 1]

    walk(octets[240:])
    overload = options.get(52, b"\0")[0]
    if overload & 1:
        walk(file)
    if overload & 2:
        walk(sname)
    kind = options.get(53, b"\0")
    ip = socket.inet_ntoa
    return {
        "op": op, "htype": htype, "hlen": hlen, "hops": hops, "xid": xid, "secs": secs, "flags": flags,
        "ciaddr": ip(ciaddr), "yiaddr": ip(yiaddr), "siaddr": ip(siaddr), "giaddr": ip(giaddr),
        "chaddr": mac_text(chaddr[:min(hlen, 16)]),
        "type": TYPES[kind[0]] if len(kind) == 1 and kind[0] < len(TYPES) else "?",
        "serverId": address_option(options, 54), "leaseTime": number_option(options, 51),
        "options": {str(code): value.hex() for code, value in options.items()}, "order": order,
        "length": len(octets),
        "file": "" if overload & 1 else file.rstrip(b"\0").decode("latin-1"),
        "sname": "" if overload & 2 else sname.rstrip(b"\0").decode("latin-1"),
    }


def address_option(options, code):
    value = options.get(code, b"")
    return socket.inet_ntoa(value) if len(value) == 4 else ""


def number_option(options, code):
    value = options.get(code, b"")
    return struct.unpack("!I", value)[0] if len(value) == 4 else None


def udp_checksum(source, destination, segment):
    pseudo = source + destination + struct.pack("!BBH", 0, 17, len(segment))
    return checksum(pseudo + segment)


def encode_frame(payload, source_mac, destination_mac=BROADCAST_MAC, source="0.0.0.0",
                 destination="255.255.255.255", source_port=68, destination_port=67, ttl=64):
    """An Ethernet frame with the payload in UDP over IPv4, all checksums complete."""
    src, dst = socket.inet_aton(source), socket.inet_aton(destination)
    segment = struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
    total = udp_checksum(src, dst, segment) or 0xFFFF
    segment = segment[:6] + struct.pack("!H", total) + segment[8:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, ttl, 17, 0, src, dst)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return mac_bytes(destination_mac) + mac_bytes(source_mac) + struct.pack("!H", ETH_P_IP) + header + segment


def decode_frame(frame, auxdata_status=0):
    """The dict of a frame: `kind` is "dhcp", "arp", "icmp" or None, with the addresses of layers 2 and 3.
    `checksum` is good, zero, partial (left to hardware that is not there) or bad."""
    if len(frame) < 14:
        return None
    out = {"destinationMac": mac_text(frame[:6]), "sourceMac": mac_text(frame[6:12])}
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    body = frame[14:]
    if ethertype == ETH_P_ARP and len(body) >= 28 and body[:6] == b"\0\1\x08\0\6\4":
        ip = socket.inet_ntoa
        out.update(kind="arp", operation="request" if body[7] == 1 else "reply", senderMac=mac_text(body[8:14]),
                   sender=ip(body[14:18]), targetMac=mac_text(body[18:24]), target=ip(body[24:28]))
        return out
    if ethertype != ETH_P_IP or len(body) < 20 or body[0] >> 4 != 4:
        return None
    ihl = (body[0] & 15) * 4
    body = body[:struct.unpack_from("!H", body, 2)[0]]
    out.update(source=socket.inet_ntoa(body[12:16]), destination=socket.inet_ntoa(body[16:20]), ttl=body[8],
               dontFragment=bool(body[6] & 0x40), fragment=bool(struct.unpack_from("!H", body, 6)[0] & 0x3FFF),
               ipChecksumGood=checksum(body[:ihl]) == 0)
    segment = body[ihl:]
    if body[9] == 1 and len(segment) >= 8:
        out.update(kind="icmp", icmpType=segment[0], icmpCode=segment[1])
        return out
    if body[9] != 17 or len(segment) < 8:
        return None
    sport, dport, length, told = struct.unpack_from("!HHHH", segment)
    if sport not in (67, 68) and dport not in (67, 68):
        return None
    segment = segment[:length]
    if told == 0:
        state = "zero"
    elif udp_checksum(body[12:16], body[16:20], segment) == 0:
        state = "good"
    else:
        state = "partial" if auxdata_status & TP_STATUS_CSUMNOTREADY else "bad"
    out.update(kind="dhcp", sourcePort=sport, destinationPort=dport, checksum=state,
               message=decode_message(segment[8:]))
    return out


def encode_arp_reply(mac, address, to_mac, to_address):
    return (mac_bytes(to_mac) + mac_bytes(mac) + struct.pack("!HHHBBH", ETH_P_ARP, 1, ETH_P_IP, 6, 4, 2)
            + mac_bytes(mac) + socket.inet_aton(address) + mac_bytes(to_mac) + socket.inet_aton(to_address))


def open_packet_socket(interface, receive_octets=8 << 20):
    """A packet socket for everything on one interface. It is made with protocol 0, so that nothing
    of other interfaces gets in before it is bound."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        s.setsockopt(socket.SOL_SOCKET, 33, receive_octets)  # SO_RCVBUFFORCE
    except OSError:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.bind((interface, ETH_P_ALL))
    return s


def receive_frame(s):
    """The next frame as (dict or None, is it our own transmission). `vlan` is there if it was tagged."""
    frame, ancillary, _flags, address = s.recvmsg(65536, 256)
    status = tag = 0
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, tag = struct.unpack_from("=I12xH", data)
    decoded = decode_frame(frame, status)
    if decoded and status & TP_STATUS_VLAN_VALID:
        decoded["vlan"] = tag & 0xFFF
    return decoded, address[2] == PACKET_OUTGOING


def describe(f):
    """One line about a frame, for people."""
    if f["kind"] == "arp":
        if f["operation"] == "request":
            return "ARP who-has %s tell %s" % (f["target"], f["sender"])
        return "ARP %s is-at %s" % (f["sender"], f["senderMac"])
    if f["kind"] == "icmp":
        name = {0: "echo reply", 8: "echo request", 3: "unreachable"}.get(f["icmpType"], "type %d" % f["icmpType"])
        return "ICMP %s %s > %s" % (name, f["source"], f["destination"])
    m = f["message"]
    what = m["type"] if m else "not DHCP"
    return "%-8s %s:%d > %s:%d" % (what, f["source"], f["sourcePort"], f["destination"], f["destinationPort"])
