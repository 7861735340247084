// See udp_socket.h.

#include "udp_socket.h"

#include <linux/filter.h>

#include <algorithm>
#include <cerrno>

#include "binding_util.h"
#include "columns.h"
#include "system_calls.h"

namespace anydhcpd {

namespace {

void StoreArrival(msghdr* header, uint32_t* row) {
  const auto* source = static_cast<const sockaddr_in*>(header->msg_name);
  const ReceiveInfo arrival = ReadControl(header);
  row[kReceiveIfindex] = arrival.ifindex;
  row[kReceiveDestination] = arrival.destination;
  row[kReceiveSource] = ntohl(source->sin_addr.s_addr);
  row[kReceiveSourcePort] = ntohs(source->sin_port);
  row[kReceiveLost] = arrival.lost;
}

constexpr SocketKind kUdp = {"UDP socket", sizeof(sockaddr_in), kReceiveControlOctets, PrepareUdpSocket, StoreArrival};
static_assert(kReceiveControlOctets <= kControlOctetsMax);

int SendOne(int fd, const msghdr* header, int flags) { return sendmsg(fd, header, flags) >= 0 ? 0 : errno; }

}  // namespace

Napi::Function UdpSocket::Define(Napi::Env env) {
  return DefineClass(env, "UdpSocket",
                     {
                         InstanceMethod<&UdpSocket::AttachFilter>("attachFilter"),
                         InstanceMethod<&UdpSocket::Send>("send"),
                         InstanceMethod<&UdpSocket::Statistics>("statistics"),
                         InstanceMethod<&UdpSocket::Close>("close"),
                     });
}

// new UdpSocket(fd, arena, slotOctets, columns, onReadable, onError)
UdpSocket::UdpSocket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<UdpSocket>(info), receiver_(DescriptorArgument(info, 0)) {
  for (size_t i = 0; i < kSendRun; i++) {
    msghdr& header = send_headers_[i].msg_hdr;
    header.msg_name = &send_slots_[i].destination;
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &send_slots_[i].octets;
    header.msg_iovlen = 1;
    header.msg_control = send_slots_[i].control;
  }
  receiver_.Open(info, kUdp);
}

// attachFilter(program, isLocked)
void UdpSocket::AttachFilter(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 0, napi_uint8_array)) return ThrowTypeError(Env(), "attachFilter: not a Uint8Array");
  auto program = info[0].As<Napi::Uint8Array>();
  const size_t count = program.ElementLength() / sizeof(sock_filter);
  if (count == 0 || count > BPF_MAXINSNS) return ThrowTypeError(Env(), "attachFilter: impossible length");
  std::vector<sock_filter> instructions(count);
  std::copy_n(program.Data(), count * sizeof(sock_filter), reinterpret_cast<uint8_t*>(instructions.data()));
  const sock_fprog attached = {static_cast<unsigned short>(count), instructions.data()};
  const int is_locked = info[1].ToBoolean().Value() ? 1 : 0;
  if (setsockopt(receiver_.Fd(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0 ||
      setsockopt(receiver_.Fd(), SOL_SOCKET, SO_LOCK_FILTER, &is_locked, sizeof is_locked) != 0) {
    ThrowErrno(Env(), errno, "cannot attach the filter");
  }
}

Napi::Value UdpSocket::Statistics(const Napi::CallbackInfo&) { return SocketMemory(Env(), receiver_.Fd()); }

void UdpSocket::Close(const Napi::CallbackInfo&) { receiver_.Close(); }

// send(arena, columns, first, count): number of datagrams the kernel took
Napi::Value UdpSocket::Send(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 0, napi_uint8_array) || !IsTypedArray(info, 1, napi_uint32_array)) {
    ThrowTypeError(Env(), "send: wrong arguments");
    return Env().Undefined();
  }
  auto arena = info[0].As<Napi::Uint8Array>();
  auto columns = info[1].As<Napi::Uint32Array>();
  uint8_t* const octets = arena.Data();
  const size_t octets_length = arena.ElementLength();
  const size_t rows = columns.ElementLength() / kReplyColumns;
  size_t row = UnsignedArgument(info, 2);
  const size_t end = std::min(rows, row + UnsignedArgument(info, 3));
  uint32_t taken = 0;
  while (row < end) {
    uint32_t* const start = columns.Data() + row * kReplyColumns;
    const uint32_t flags = start[kReplyFlags];
    const size_t longest = (flags & kSendFullChecksum) != 0 ? 1 : std::min(kSendRun, end - row);
    size_t run = 0;
    while (run < longest && start[run * kReplyColumns + kReplyFlags] == flags &&
           PrepareRow(run, octets, octets_length, start + run * kReplyColumns)) {
      run++;
    }
    if (run == 0) {
      start[kReplyResult] = EINVAL;
      row++;
      continue;
    }
    taken += SendRun(start, run, static_cast<int>(flags));
    row += run;
  }
  return Napi::Number::New(Env(), taken);
}

bool UdpSocket::PrepareRow(size_t slot, uint8_t* arena, size_t arena_octets, const uint32_t* row) {
  const size_t offset = row[kReplyOffset];
  const size_t length = row[kReplyLength];
  if (offset > arena_octets || length > arena_octets - offset) return false;
  SendSlot& target = send_slots_[slot];
  target.octets = {arena + offset, length};
  target.destination.sin_family = AF_INET;
  target.destination.sin_port = htons(static_cast<uint16_t>(row[kReplyPort]));
  target.destination.sin_addr.s_addr = htonl(row[kReplyDestination]);
  WriteControl(&send_headers_[slot].msg_hdr, row[kReplySource], row[kReplyIfindex]);
  return true;
}

// Sends the prepared rows 0 .. run-1, all with the same flags; returns how many the kernel took.
uint32_t UdpSocket::SendRun(uint32_t* columns, size_t run, int reply_flags) {
  const int flags = MSG_DONTWAIT | ((reply_flags & static_cast<int>(kSendDontRoute)) != 0 ? MSG_DONTROUTE : 0);
  if ((reply_flags & static_cast<int>(kSendFullChecksum)) != 0) {
    const int error = SendWithFullChecksum(&send_headers_[0].msg_hdr, flags);
    columns[kReplyResult] = static_cast<uint32_t>(error);
    return error == 0 ? 1 : 0;
  }
  return SendBatch(receiver_.Fd(), send_headers_.data(), run, flags, columns);
}

// With MSG_MORE the kernel computes the checksum itself, since it cannot know the last part; the
// empty send that follows lets the datagram go. Needs no privilege. Measured on veth: without it a
// raw-socket receiver sees a partial checksum.
int UdpSocket::SendWithFullChecksum(msghdr* header, int flags) {
  int error = SendOne(receiver_.Fd(), header, flags | MSG_MORE);
  // Once more, as in SendBatch: a left-over error of the socket is gone now.
  if (error == ECONNREFUSED) error = SendOne(receiver_.Fd(), header, flags | MSG_MORE);
  if (error != 0) return error;
  // Everything but the flags was said with the first part.
  return send(receiver_.Fd(), nullptr, 0, flags) >= 0 ? 0 : errno;
}

}  // namespace anydhcpd
