// What the kernel's answers to netlink dumps say (rtnetlink(7)). Nothing of Node.js is in it, so that it is fuzzed by itself.

#ifndef ANYDHCPD_NETLINK_MESSAGES_H_
#define ANYDHCPD_NETLINK_MESSAGES_H_

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace anydhcpd {

/** The messages of one answer, which begins at an address that a message may begin at. */
class NetlinkMessages {
 public:
  NetlinkMessages(const uint8_t* octets, size_t length) : octets_(octets), left_(length) {}

  /** The next message, whose length lies in the answer; nullptr at the end, or at one that does not. */
  const nlmsghdr* Next();

 private:
  const uint8_t* octets_;
  size_t left_;
};

/** An IPv4 address of a link. */
struct Address {
  uint32_t address;
  uint32_t prefix_length;
  bool secondary;
};

/** A network interface. */
struct Link {
  uint32_t ifindex = 0;
  uint32_t flags = 0;
  uint32_t type = 0;
  uint32_t mtu = 0;
  std::string name;
  std::string kind;
  std::vector<uint8_t> hardware_address;
  std::vector<Address> addresses;
};

/** Adds the link that a message tells of; another message adds nothing. Its length has been compared with what there is. */
void AddLink(const nlmsghdr* message, std::vector<Link>* links);

/** Adds the address that a message tells of to its link, in the same way. */
void AddAddress(const nlmsghdr* message, std::vector<Link>* links);

/** Adds an entry of IPv4 that was asked for by ARP, or that an administrator has set: address, ifindex, state. */
void AddNeighbour(const nlmsghdr* message, std::vector<uint32_t>* rows);

}  // namespace anydhcpd

#endif  // ANYDHCPD_NETLINK_MESSAGES_H_
