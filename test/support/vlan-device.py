"""A VLAN device for kernels without one (CONFIG_VLAN_8021Q): a TAP device NAME with the hardware address of
PARENT. What comes in by PARENT tagged for the VLAN goes out of it untagged, and the other way round. Says "ready".

usage: vlan-device.py PARENT NAME VLAN
"""

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TAP_WITHOUT_HEADER = 0x0002 | 0x1000
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
ETH_P_ALL = 3
VLAN_VALID = 0x10


def main():
    parent, name, vlan = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP_WITHOUT_HEADER))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    for option in (PACKET_AUXDATA, PACKET_IGNORE_OUTGOING):
        wire.setsockopt(SOL_PACKET, option, 1)
    wire.bind((parent, ETH_P_ALL))
    address = ":".join("%02x" % octet for octet in wire.getsockname()[4])
    for words in (["address", address], ["up"]):
        subprocess.run(["ip", "link", "set", name, *words], check=True)
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([wire, tap], [], [])
        if tap in readable:
            frame = os.read(tap, 65536)
            wire.send(frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:])
        if wire in readable:
            frame, ancillary, _, _ = wire.recvmsg(65536, 256)
            status, tag = struct.unpack_from("=I12xH", ancillary[0][2])
            if status & VLAN_VALID and tag & 0xFFF == vlan:
                os.write(tap, frame)


if __name__ == "__main__":
    main()
