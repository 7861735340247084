// See netlink_messages.h.

#include "netlink_messages.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace anydhcpd {

namespace {

// One attribute list: `length` octets from `first` on. Calls `visit(type, data, octets)` for each.
template <typename Visit>
void VisitAttributes(const rtattr* first, size_t length, Visit visit) {
  const auto* octets = reinterpret_cast<const uint8_t*>(first);
  size_t offset = 0;
  while (length - offset >= sizeof(rtattr)) {
    rtattr head;
    memcpy(&head, octets + offset, sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > length - offset) return;
    visit(head.rta_type & NLA_TYPE_MASK, octets + offset + RTA_LENGTH(0), head.rta_len - RTA_LENGTH(0));
    const size_t step = RTA_ALIGN(head.rta_len);
    if (step > length - offset) return;
    offset += step;
  }
}

std::string TextOf(const uint8_t* data, size_t octets) {
  const auto* text = reinterpret_cast<const char*>(data);
  return std::string(text, strnlen(text, octets));
}

uint32_t NumberOf(const uint8_t* data, size_t octets) {
  uint32_t value = 0;
  if (octets >= sizeof value) memcpy(&value, data, sizeof value);
  return value;
}

}  // namespace

const nlmsghdr* NetlinkMessages::Next() {
  const auto* message = reinterpret_cast<const nlmsghdr*>(octets_);
  if (left_ < sizeof *message || message->nlmsg_len < sizeof *message || message->nlmsg_len > left_) return nullptr;
  const size_t step = std::min<size_t>(NLMSG_ALIGN(message->nlmsg_len), left_);
  octets_ += step;
  left_ -= step;
  return message;
}

void AddLink(const nlmsghdr* message, std::vector<Link>* links) {
  if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) return;
  const auto* head = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
  Link link;
  link.ifindex = static_cast<uint32_t>(head->ifi_index);
  link.flags = head->ifi_flags;
  link.type = head->ifi_type;
  VisitAttributes(IFLA_RTA(head), IFLA_PAYLOAD(message), [&link](int type, const uint8_t* data, size_t octets) {
    if (type == IFLA_IFNAME) link.name = TextOf(data, octets);
    if (type == IFLA_MTU) link.mtu = NumberOf(data, octets);
    if (type == IFLA_ADDRESS) link.hardware_address.assign(data, data + octets);
    if (type != IFLA_LINKINFO) return;
    VisitAttributes(reinterpret_cast<const rtattr*>(data), octets, [&link](int inner, const uint8_t* text, size_t n) {
      if (inner == IFLA_INFO_KIND) link.kind = TextOf(text, n);
    });
  });
  links->push_back(std::move(link));
}

void AddAddress(const nlmsghdr* message, std::vector<Link>* links) {
  if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof(ifaddrmsg))) return;
  const auto* head = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
  if (head->ifa_family != AF_INET) return;
  uint32_t local = 0;
  uint32_t peer = 0;
  uint32_t flags = head->ifa_flags;
  VisitAttributes(IFA_RTA(head), IFA_PAYLOAD(message), [&](int type, const uint8_t* data, size_t octets) {
    if (type == IFA_LOCAL) local = ntohl(NumberOf(data, octets));
    if (type == IFA_ADDRESS) peer = ntohl(NumberOf(data, octets));
    if (type == IFA_FLAGS) flags = NumberOf(data, octets);
  });
  // On point-to-point links IFA_ADDRESS is the other end.
  const Address address = {local != 0 ? local : peer, head->ifa_prefixlen, (flags & IFA_F_SECONDARY) != 0};
  for (Link& link : *links) {
    if (link.ifindex == head->ifa_index) link.addresses.push_back(address);
  }
}

void AddNeighbour(const nlmsghdr* message, std::vector<uint32_t>* rows) {
  if (message->nlmsg_type != RTM_NEWNEIGH || message->nlmsg_len < NLMSG_LENGTH(sizeof(ndmsg))) return;
  const auto* head = static_cast<const ndmsg*>(NLMSG_DATA(message));
  if (head->ndm_family != AF_INET || (head->ndm_flags & NTF_PROXY) != 0 || (head->ndm_state & NUD_NOARP) != 0) return;
  const auto* first = reinterpret_cast<const rtattr*>(reinterpret_cast<const uint8_t*>(head) + NLMSG_ALIGN(sizeof *head));
  const size_t octets = message->nlmsg_len - NLMSG_LENGTH(sizeof *head);
  VisitAttributes(first, octets, [rows, head](int type, const uint8_t* data, size_t length) {
    if (type != NDA_DST) return;
    rows->insert(rows->end(), {ntohl(NumberOf(data, length)), static_cast<uint32_t>(head->ndm_ifindex), head->ndm_state});
  });
}

}  // namespace anydhcpd
