// See cmsg.h. Linux: IP_PKTINFO both ways, SO_RXQ_OVFL for lost datagrams, PACKET_AUXDATA of frames.

#include <linux/if_packet.h>

#include <cerrno>
#include <cstring>

#include "cmsg.h"

namespace anydhcpd {

namespace {

// Entries of the error queue taken in one go; the rest raises the next poll event.
constexpr int kErrorQueueMax = 1024;

int SetOption(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : errno;
}

/** Whether a part is of this kind and has so many octets, in the control data themselves too. */
bool IsPart(const msghdr* header, const cmsghdr* part, int level, int type, size_t octets) {
  const auto* end = static_cast<const uint8_t*>(header->msg_control) + header->msg_controllen;
  const auto room = static_cast<size_t>(end - reinterpret_cast<const uint8_t*>(part));
  return part->cmsg_level == level && part->cmsg_type == type && part->cmsg_len >= CMSG_LEN(octets) &&
         room >= CMSG_LEN(octets);
}

}  // namespace

int PrepareUdpSocket(int fd) {
  struct Option {
    int level;
    int name;
    int value;
  };
  constexpr Option kOptions[] = {
      {IPPROTO_IP, IP_PKTINFO, 1},
      // One client's ICMP error must not fail the receive of another's datagram.
      {IPPROTO_IP, IP_RECVERR, 0},
      // No DF bit on replies, and no belief in path-MTU messages, which any host can forge.
      {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT},
      {SOL_SOCKET, SO_BROADCAST, 1},
      {SOL_SOCKET, SO_RXQ_OVFL, 1},
  };
  for (const Option& option : kOptions) {
    const int error = SetOption(fd, option.level, option.name, option.value);
    if (error != 0) return error;
  }
  return 0;
}

ReceiveInfo ReadControl(msghdr* header) {
  ReceiveInfo info;
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part != nullptr; part = CMSG_NXTHDR(header, part)) {
    if (IsPart(header, part, IPPROTO_IP, IP_PKTINFO, sizeof(in_pktinfo))) {
      in_pktinfo packet;
      memcpy(&packet, CMSG_DATA(part), sizeof packet);
      info.ifindex = static_cast<uint32_t>(packet.ipi_ifindex);
      info.destination = ntohl(packet.ipi_addr.s_addr);
    } else if (IsPart(header, part, SOL_SOCKET, SO_RXQ_OVFL, sizeof(uint32_t))) {
      memcpy(&info.lost, CMSG_DATA(part), sizeof info.lost);
    }
  }
  return info;
}

FrameInfo ReadFrameControl(msghdr* header) {
  FrameInfo info;
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part != nullptr; part = CMSG_NXTHDR(header, part)) {
    if (IsPart(header, part, SOL_PACKET, PACKET_AUXDATA, sizeof(tpacket_auxdata))) {
      tpacket_auxdata auxiliary;
      memcpy(&auxiliary, CMSG_DATA(part), sizeof auxiliary);
      info.unfinished = (auxiliary.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
    } else if (IsPart(header, part, SOL_SOCKET, SO_RXQ_OVFL, sizeof(uint32_t))) {
      memcpy(&info.lost, CMSG_DATA(part), sizeof info.lost);
    }
  }
  return info;
}

void WriteControl(msghdr* header, uint32_t source, uint32_t ifindex) {
  if (source == 0 && ifindex == 0) {
    header->msg_controllen = 0;
    return;
  }
  header->msg_controllen = kSendControlOctets;
  memset(header->msg_control, 0, kSendControlOctets);
  cmsghdr* part = CMSG_FIRSTHDR(header);
  part->cmsg_level = IPPROTO_IP;
  part->cmsg_type = IP_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo packet = {};
  packet.ipi_ifindex = static_cast<int>(ifindex);
  packet.ipi_spec_dst.s_addr = htonl(source);
  memcpy(CMSG_DATA(part), &packet, sizeof packet);
}

int TakeSocketError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// Not for other families: unix and netlink sockets ignore MSG_ERRQUEUE and give an ordinary message.
void DrainErrorQueue(int fd) {
  for (int taken = 0; taken < kErrorQueueMax; taken++) {
    msghdr header = {};
    if (recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
  }
}

bool IsDatagramError(int error) {
  switch (error) {
    case EAGAIN:  // also after a bad checksum, which poll reported as readable
    case EINTR:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
    case EOPNOTSUPP:
    case EMSGSIZE:
    case EACCES:
    case EPERM:
    case ENOBUFS:
    case ENOMEM:
      return true;
    default:
      return false;
  }
}

}  // namespace anydhcpd
