// All interfaces and their IPv4 addresses, by two netlink dumps on a socket of its own; and the neighbour
// table, by another.
//
// Guarantees: messages from other senders than the kernel are ignored; a dump that the kernel marks as
// inconsistent (something changed meanwhile) is taken anew; no privilege needed.

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "binding_util.h"
#include "interfaces.h"
#include "netlink_messages.h"
#include "unique_fd.h"

namespace anydhcpd {

namespace {

// The kernel fills at most 32 KiB per answer.
constexpr size_t kAnswerOctets = 65536;
// Times a dump is repeated because the table changed under it.
constexpr int kDumpAttempts = 16;
// A dump never waits for anything; this bounds the damage should that ever be wrong.
constexpr timeval kAnswerDeadline = {2, 0};

int OpenRouteSocket(UniqueFd* fd) {
  fd->Reset(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd->IsOpen()) return errno;
  if (setsockopt(fd->Get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerDeadline, sizeof kAnswerDeadline) != 0) return errno;
  return 0;
}

int RequestDump(int fd, uint16_t type, uint32_t sequence) {
  struct {
    nlmsghdr head;
    // ifinfomsg is the longest of the possible bodies; all begin with the family.
    ifinfomsg body;
  } request = {};
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.head.nlmsg_type = type;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.head.nlmsg_seq = sequence;
  request.body.ifi_family = type == RTM_GETLINK ? AF_UNSPEC : AF_INET;
  if (type == RTM_GETADDR) request.head.nlmsg_len = NLMSG_LENGTH(sizeof(ifaddrmsg));
  if (type == RTM_GETNEIGH) request.head.nlmsg_len = NLMSG_LENGTH(sizeof(ndmsg));
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd, &request, request.head.nlmsg_len, 0, reinterpret_cast<sockaddr*>(&kernel),
                              sizeof kernel);
  return sent >= 0 ? 0 : errno;
}

// Next answer of the kernel in `buffer`: octets, or a negative errno.
ssize_t ReceiveAnswer(int fd, std::vector<uint8_t>* buffer) {
  for (;;) {
    sockaddr_nl sender = {};
    iovec part = {buffer->data(), buffer->size()};
    msghdr header = {};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t octets = recvmsg(fd, &header, 0);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return -errno;
    if (octets == 0) return -EPIPE;
    if ((header.msg_flags & MSG_TRUNC) != 0) return -EMSGSIZE;
    if (header.msg_namelen == sizeof sender && sender.nl_pid == 0) return octets;
  }
}

// Calls add(message, into) for each. EINTR: the table changed during the dump, which is to be taken again.
template <typename Item>
int ReadDump(int fd, uint32_t sequence, void (*add)(const nlmsghdr*, std::vector<Item>*), std::vector<Item>* into) {
  std::vector<uint8_t> buffer(kAnswerOctets);
  bool interrupted = false;
  for (;;) {
    const ssize_t octets = ReceiveAnswer(fd, &buffer);
    if (octets < 0) return static_cast<int>(-octets);
    NetlinkMessages messages(buffer.data(), static_cast<size_t>(octets));
    while (const nlmsghdr* message = messages.Next()) {
      if (message->nlmsg_seq != sequence) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
      if (message->nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : 0;
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* answer = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
        return message->nlmsg_len >= NLMSG_LENGTH(sizeof *answer) && answer->error != 0 ? -answer->error : EPROTO;
      }
      add(message, into);
    }
  }
}

int DumpOnce(std::vector<Link>* links) {
  links->clear();
  // A socket per attempt: the rest of a broken-off dump dies with it.
  UniqueFd fd;
  int error = OpenRouteSocket(&fd);
  if (error == 0) error = RequestDump(fd.Get(), RTM_GETLINK, 1);
  if (error == 0) error = ReadDump(fd.Get(), 1, AddLink, links);
  if (error == 0) error = RequestDump(fd.Get(), RTM_GETADDR, 2);
  if (error == 0) error = ReadDump(fd.Get(), 2, AddAddress, links);
  return error;
}

Napi::Object ToObject(Napi::Env env, const Link& link) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("ifindex", Napi::Number::New(env, link.ifindex));
  result.Set("name", Napi::String::New(env, link.name));
  result.Set("flags", Napi::Number::New(env, link.flags));
  result.Set("type", Napi::Number::New(env, link.type));
  result.Set("mtu", Napi::Number::New(env, link.mtu));
  result.Set("kind", Napi::String::New(env, link.kind));
  auto hardware_address = Napi::Uint8Array::New(env, link.hardware_address.size());
  std::copy(link.hardware_address.begin(), link.hardware_address.end(), hardware_address.Data());
  result.Set("hardwareAddress", hardware_address);
  auto addresses = Napi::Array::New(env, link.addresses.size());
  for (size_t i = 0; i < link.addresses.size(); i++) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("address", Napi::Number::New(env, link.addresses[i].address));
    entry.Set("prefixLength", Napi::Number::New(env, link.addresses[i].prefix_length));
    entry.Set("secondary", Napi::Boolean::New(env, link.addresses[i].secondary));
    addresses.Set(static_cast<uint32_t>(i), entry);
  }
  result.Set("addresses", addresses);
  return result;
}

}  // namespace

Napi::Value ListInterfaces(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<Link> links;
  int error = EINTR;
  for (int attempt = 0; attempt < kDumpAttempts && error == EINTR; attempt++) error = DumpOnce(&links);
  if (error != 0) {
    ThrowErrno(env, error, "cannot list the network interfaces");
    return env.Undefined();
  }
  auto result = Napi::Array::New(env, links.size());
  for (size_t i = 0; i < links.size(); i++) result.Set(static_cast<uint32_t>(i), ToObject(env, links[i]));
  return result;
}

Napi::Value ListNeighbours(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<uint32_t> rows;
  UniqueFd fd;
  int error = OpenRouteSocket(&fd);
  if (error == 0) error = RequestDump(fd.Get(), RTM_GETNEIGH, 1);
  if (error == 0) error = ReadDump(fd.Get(), 1, AddNeighbour, &rows);
  // A table that changes meanwhile lacks an entry or has one twice at worst.
  if (error != 0 && error != EINTR) {
    ThrowErrno(env, error, "cannot list the neighbours");
    return env.Undefined();
  }
  auto result = Napi::Uint32Array::New(env, rows.size());
  std::copy(rows.begin(), rows.end(), result.Data());
  return result;
}

}  // namespace anydhcpd
