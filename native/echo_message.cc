// See echo_message.h.

#include "echo_message.h"

#include <linux/icmp.h>
#include <netinet/ip.h>

namespace anydhcpd {

namespace {

// The Internet checksum (RFC 1071) in host order; 0 over a message that contains a right one.
uint16_t Checksum(const uint8_t* octets, size_t length) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < length; i += 2) sum += static_cast<uint32_t>(octets[i] << 8 | octets[i + 1]);
  if (length % 2 != 0) sum += static_cast<uint32_t>(octets[length - 1] << 8);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint16_t ReadShort(const uint8_t* octets) { return static_cast<uint16_t>(octets[0] << 8 | octets[1]); }

void WriteShort(uint8_t* octets, uint32_t value) {
  octets[0] = static_cast<uint8_t>(value >> 8);
  octets[1] = static_cast<uint8_t>(value);
}

// Where the ICMP message begins behind the IP header that a raw socket shows; shortens `length` to
// what IP says. 0: not a whole datagram.
size_t SkipIpHeader(const uint8_t* octets, size_t* length) {
  if (*length < sizeof(iphdr) || octets[0] >> 4 != 4) return 0;
  const size_t header = static_cast<size_t>(octets[0] & 15) * 4;
  const size_t total = ReadShort(octets + 2);
  if (header < sizeof(iphdr) || total < header || total > *length) return 0;
  *length = total;
  return header;
}

}  // namespace

void BuildEchoRequest(uint8_t (&message)[kEchoRequestOctets], uint32_t identifier, uint32_t sequence) {
  for (size_t i = kEchoHeaderOctets; i < kEchoRequestOctets; i++) message[i] = static_cast<uint8_t>(i);
  message[0] = ICMP_ECHO;
  message[1] = 0;
  WriteShort(message + 2, 0);
  WriteShort(message + 4, identifier);
  WriteShort(message + 6, sequence);
  WriteShort(message + 2, Checksum(message, kEchoRequestOctets));
}

bool ReadEchoReply(const uint8_t* octets, size_t length, bool has_ip_header, EchoReply* reply) {
  if (has_ip_header) {
    const size_t header = SkipIpHeader(octets, &length);
    if (header == 0) return false;
    octets += header;
    length -= header;
  }
  if (length < kEchoHeaderOctets || octets[0] != ICMP_ECHOREPLY || octets[1] != 0 || Checksum(octets, length) != 0)
    return false;
  reply->identifier = ReadShort(octets + 4);
  reply->sequence = ReadShort(octets + 6);
  return true;
}

}  // namespace anydhcpd
