// ICMP echo requests and replies (RFC 792) as octets. Nothing of Node.js is in it, so that it is fuzzed by itself.

#ifndef ANYDHCPD_ECHO_MESSAGE_H_
#define ANYDHCPD_ECHO_MESSAGE_H_

#include <cstddef>
#include <cstdint>

namespace anydhcpd {

inline constexpr size_t kEchoHeaderOctets = 8;
inline constexpr size_t kEchoRequestOctets = kEchoHeaderOctets + 32;

/** What tells a reply from the others: the numbers of its request. */
struct EchoReply {
  uint16_t identifier = 0;
  uint16_t sequence = 0;
};

/** Writes a request with its checksum. */
void BuildEchoRequest(uint8_t (&message)[kEchoRequestOctets], uint32_t identifier, uint32_t sequence);

/** Reads a datagram, with its IP header where a raw socket has shown that; false unless it is a whole reply with a right checksum. */
bool ReadEchoReply(const uint8_t* octets, size_t length, bool has_ip_header, EchoReply* reply);

}  // namespace anydhcpd

#endif  // ANYDHCPD_ECHO_MESSAGE_H_
