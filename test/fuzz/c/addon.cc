// What the addon reads of the kernel and of hosts that answer pings: control messages, echo replies, netlink messages. For
// libFuzzer, or driver.c. The first octet says as what the others are read; each lies in memory of exactly its size, so that
// the sanitizers see what is read beside it.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../../../native/cmsg.h"
#include "../../../native/echo_message.h"
#include "../../../native/netlink_messages.h"

namespace {

using Octets = std::unique_ptr<uint8_t, decltype(&free)>;

Octets CopyOf(const uint8_t* octets, size_t length) {
  Octets copy(static_cast<uint8_t*>(malloc(length > 0 ? length : 1)), &free);
  if (length > 0) memcpy(copy.get(), octets, length);
  return copy;
}

void Expect(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "violation: %s\n", what);
  abort();
}

msghdr HeaderOf(uint8_t* control, size_t length) {
  msghdr header = {};
  header.msg_control = control;
  header.msg_controllen = length;
  return header;
}

void ReadNetlink(uint8_t* octets, size_t length) {
  std::vector<anydhcpd::Link> links;
  std::vector<uint32_t> rows;
  for (anydhcpd::NetlinkMessages messages(octets, length); const nlmsghdr* message = messages.Next();) {
    anydhcpd::AddLink(message, &links);
    anydhcpd::AddAddress(message, &links);
    anydhcpd::AddNeighbour(message, &rows);
  }
  Expect(links.size() <= length / sizeof(nlmsghdr) && rows.size() % 3 == 0, "more links than there is room for");
}

void WriteAndRead(const uint8_t* octets, size_t length) {
  uint32_t numbers[4] = {};
  memcpy(numbers, octets, length < sizeof numbers ? length : sizeof numbers);
  alignas(cmsghdr) uint8_t control[anydhcpd::kSendControlOctets];
  msghdr header = HeaderOf(control, sizeof control);
  anydhcpd::WriteControl(&header, numbers[0], numbers[1]);
  if (header.msg_controllen > 0) Expect(anydhcpd::ReadControl(&header).ifindex == numbers[1], "another interface");
  uint8_t message[anydhcpd::kEchoRequestOctets];
  anydhcpd::BuildEchoRequest(message, numbers[2], numbers[3]);
  // The reply has type 0 in place of 8, and the checksum that follows.
  message[0] = 0;
  const uint32_t sum = static_cast<uint32_t>(message[2] << 8 | message[3]) + 0x0800;
  const uint32_t folded = (sum & 0xffff) + (sum >> 16);
  message[2] = static_cast<uint8_t>(folded >> 8);
  message[3] = static_cast<uint8_t>(folded);
  anydhcpd::EchoReply reply;
  Expect(anydhcpd::ReadEchoReply(message, sizeof message, false, &reply), "an echo reply is not taken");
  Expect(reply.identifier == static_cast<uint16_t>(numbers[2]) && reply.sequence == static_cast<uint16_t>(numbers[3]),
         "an echo reply with other numbers");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* octets, size_t length) {
  if (length == 0) return 0;
  const Octets copy = CopyOf(octets + 1, length - 1);
  uint8_t* const data = copy.get();
  const size_t size = length - 1;
  msghdr header = HeaderOf(data, size);
  anydhcpd::EchoReply reply;
  switch (octets[0] % 6) {
    case 0:
      anydhcpd::ReadControl(&header);
      break;
    case 1:
      anydhcpd::ReadFrameControl(&header);
      break;
    case 2:
      anydhcpd::ReadEchoReply(data, size, true, &reply);
      break;
    case 3:
      anydhcpd::ReadEchoReply(data, size, false, &reply);
      break;
    case 4:
      ReadNetlink(data, size);
      break;
    default:
      WriteAndRead(data, size);
  }
  return 0;
}
