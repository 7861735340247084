// See udp_socket.h.

#include "udp_socket.h"

#include <linux/filter.h>

#include <algorithm>
#include <cerrno>

#include "binding_util.h"
#include "columns.h"
#include "system_calls.h"

namespace anydhcpd {

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
    : Napi::ObjectWrap<UdpSocket>(info), fd_(DescriptorArgument(info, 0)) {
  Open(info);
}

void UdpSocket::Open(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 1, napi_uint8_array) || !IsTypedArray(info, 3, napi_uint32_array) ||
      !info[4].IsFunction() || !info[5].IsFunction()) {
    return ThrowTypeError(Env(), "UdpSocket: wrong arguments");
  }
  if (!arena_.Take(info[1].As<Napi::Uint8Array>(), info[3].As<Napi::Uint32Array>(), UnsignedArgument(info, 2))) {
    return ThrowTypeError(Env(), "UdpSocket: arena or columns too small");
  }
  int error = PrepareUdpSocket(fd_.Get());
  if (error != 0) return ThrowErrno(Env(), error, "cannot prepare the UDP socket");

  on_readable_ = Napi::Persistent(info[4].As<Napi::Function>());
  on_error_ = Napi::Persistent(info[5].As<Napi::Function>());
  PrepareReceive();
  for (size_t i = 0; i < kSendRun; i++) {
    msghdr& header = send_headers_[i].msg_hdr;
    header.msg_name = &send_slots_[i].destination;
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &send_slots_[i].octets;
    header.msg_iovlen = 1;
    header.msg_control = send_slots_[i].control;
  }

  poll_.reset(PollHandle::Start(
      Env(), fd_.Get(), this, [](void* owner, bool failed) { static_cast<UdpSocket*>(owner)->OnReady(failed); },
      &error));
  if (!poll_) return ThrowErrno(Env(), error, "cannot watch the UDP socket");
  // The object lives until close(), whether or not JavaScript still holds it.
  Ref();
}

void UdpSocket::PrepareReceive() {
  receive_slots_.resize(arena_.Slots());
  receive_headers_.resize(arena_.Slots());
  for (size_t i = 0; i < arena_.Slots(); i++) {
    receive_slots_[i].octets = {arena_.Slot(i), arena_.SlotOctets()};
    msghdr& header = receive_headers_[i].msg_hdr;
    header = {};
    header.msg_name = &receive_slots_[i].source;
    header.msg_iov = &receive_slots_[i].octets;
    header.msg_iovlen = 1;
    header.msg_control = receive_slots_[i].control;
  }
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
  if (setsockopt(fd_.Get(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0 ||
      setsockopt(fd_.Get(), SOL_SOCKET, SO_LOCK_FILTER, &is_locked, sizeof is_locked) != 0) {
    ThrowErrno(Env(), errno, "cannot attach the filter");
  }
}

Napi::Value UdpSocket::Statistics(const Napi::CallbackInfo&) { return SocketMemory(Env(), fd_.Get()); }

void UdpSocket::Close(const Napi::CallbackInfo&) {
  if (!fd_.IsOpen()) return;
  poll_.reset();
  fd_.Reset();
  Unref();
}

void UdpSocket::OnReady(bool failed) {
  Napi::HandleScope scope(Env());
  if (!arena_.IsUnchanged()) return Fail(EFAULT);
  if (failed) {
    const int error = TakeSocketError(fd_.Get());
    DrainErrorQueue(fd_.Get());
    if (error != 0 && !IsDatagramError(error)) return Fail(error);
  }
  const int count = Receive();
  if (count < 0) {
    if (!IsDatagramError(-count)) Fail(-count);
    return;
  }
  for (size_t slot = 0; slot < static_cast<size_t>(count); slot++) StoreColumns(slot);
  // Last: the callback may close this socket.
  CallFromLoop(Env(), Value(), on_readable_, {Napi::Number::New(Env(), count)});
}

// One batch only: whatever is left raises the next event, and the rest of the loop gets its turn.
int UdpSocket::Receive() {
  for (mmsghdr& message : receive_headers_) {
    // The kernel has overwritten both with the sizes of the previous batch.
    message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
    message.msg_hdr.msg_controllen = kReceiveControlOctets;
  }
  const int count = recvmmsg(fd_.Get(), receive_headers_.data(), static_cast<unsigned int>(receive_headers_.size()),
                             MSG_DONTWAIT, nullptr);
  return count > 0 ? count : count == 0 ? -EAGAIN : -errno;
}

void UdpSocket::StoreColumns(size_t slot) {
  mmsghdr& message = receive_headers_[slot];
  const sockaddr_in& source = receive_slots_[slot].source;
  const ReceiveInfo arrival = ReadControl(&message.msg_hdr);
  uint32_t* row = arena_.Row(slot);
  row[kReceiveLength] = message.msg_len;
  row[kReceiveFlags] = ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0 ? kDatagramCut : 0) |
                       ((message.msg_hdr.msg_flags & MSG_CTRUNC) != 0 ? kControlCut : 0);
  row[kReceiveIfindex] = arrival.ifindex;
  row[kReceiveDestination] = arrival.destination;
  row[kReceiveSource] = ntohl(source.sin_addr.s_addr);
  row[kReceiveSourcePort] = ntohs(source.sin_port);
  row[kReceiveLost] = arrival.lost;
}

// Nothing more is received until close(), so that a lasting error cannot keep the loop spinning.
void UdpSocket::Fail(int error) {
  poll_->Pause();
  CallFromLoop(Env(), Value(), on_error_, {Napi::Number::New(Env(), error)});
}

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
  uint32_t taken = 0;
  size_t row = 0;
  while (row < run) {
    const int sent = sendmmsg(fd_.Get(), &send_headers_[row], static_cast<unsigned int>(run - row), flags);
    for (int i = 0; i < sent; i++) columns[(row++) * kReplyColumns + kReplyResult] = 0;
    if (sent > 0) taken += static_cast<uint32_t>(sent);
    if (row == run) break;
    // sendmmsg stops at the first failure and may hide its errno; the row alone shows it. Should it
    // succeed now, the failure was an error left over from somebody else's datagram.
    const int error = SendOne(&send_headers_[row].msg_hdr, flags);
    columns[(row++) * kReplyColumns + kReplyResult] = static_cast<uint32_t>(error);
    if (error == 0) taken++;
  }
  return taken;
}

int UdpSocket::SendOne(msghdr* header, int flags) { return sendmsg(fd_.Get(), header, flags) >= 0 ? 0 : errno; }

// With MSG_MORE the kernel computes the checksum itself, since it cannot know the last part; the
// empty send that follows lets the datagram go. Needs no privilege. Measured on veth: without it a
// raw-socket receiver sees a partial checksum.
int UdpSocket::SendWithFullChecksum(msghdr* header, int flags) {
  int error = SendOne(header, flags | MSG_MORE);
  // Once more, as in SendRun: a left-over error of the socket is gone now.
  if (error == ECONNREFUSED) error = SendOne(header, flags | MSG_MORE);
  if (error != 0) return error;
  header->msg_iov->iov_len = 0;
  return SendOne(header, flags);
}

}  // namespace anydhcpd
