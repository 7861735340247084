// See packet_socket.h. Linux: AF_PACKET with PACKET_AUXDATA.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "binding_util.h"
#include "cmsg.h"
#include "columns.h"
#include "packet_socket.h"
#include "system_calls.h"

namespace anydhcpd {

namespace {

// What a frame's control data says; `unfinished`: the sender is on this machine and has left the
// checksum to hardware that the frame never reached.
struct FrameInfo {
  bool unfinished = false;
  uint32_t lost = 0;
};

FrameInfo ReadFrameControl(msghdr* header) {
  FrameInfo info;
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part != nullptr; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_AUXDATA &&
        part->cmsg_len >= CMSG_LEN(sizeof(tpacket_auxdata))) {
      tpacket_auxdata auxiliary;
      memcpy(&auxiliary, CMSG_DATA(part), sizeof auxiliary);
      info.unfinished = (auxiliary.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
    } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL &&
               part->cmsg_len >= CMSG_LEN(sizeof(uint32_t))) {
      memcpy(&info.lost, CMSG_DATA(part), sizeof info.lost);
    }
  }
  return info;
}

int PreparePacketSocket(int fd) {
  const int one = 1;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) != 0) return errno;
  return setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one) == 0 ? 0 : errno;
}

}  // namespace

Napi::Function PacketSocket::Define(Napi::Env env) {
  return DefineClass(env, "PacketSocket",
                     {
                         InstanceMethod<&PacketSocket::Send>("send"),
                         InstanceMethod<&PacketSocket::Statistics>("statistics"),
                         InstanceMethod<&PacketSocket::Close>("close"),
                     });
}

// new PacketSocket(fd, arena, slotOctets, columns, onReadable, onError)
PacketSocket::PacketSocket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<PacketSocket>(info), fd_(DescriptorArgument(info, 0)) {
  Open(info);
}

void PacketSocket::Open(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 1, napi_uint8_array) || !IsTypedArray(info, 3, napi_uint32_array) ||
      !info[4].IsFunction() || !info[5].IsFunction()) {
    return ThrowTypeError(Env(), "PacketSocket: wrong arguments");
  }
  if (!arena_.Take(info[1].As<Napi::Uint8Array>(), info[3].As<Napi::Uint32Array>(), UnsignedArgument(info, 2))) {
    return ThrowTypeError(Env(), "PacketSocket: arena or columns too small");
  }
  int error = PreparePacketSocket(fd_.Get());
  if (error != 0) return ThrowErrno(Env(), error, "cannot prepare the packet socket");

  on_readable_ = Napi::Persistent(info[4].As<Napi::Function>());
  on_error_ = Napi::Persistent(info[5].As<Napi::Function>());
  PrepareReceive();
  // No name: a frame leaves by the interface that the socket is bound to.
  for (size_t i = 0; i < kSendRun; i++) {
    send_headers_[i].msg_hdr.msg_iov = send_slots_[i].parts;
    send_headers_[i].msg_hdr.msg_iovlen = 2;
  }
  poll_.reset(PollHandle::Start(
      Env(), fd_.Get(), this, [](void* owner, bool failed) { static_cast<PacketSocket*>(owner)->OnReady(failed); },
      &error));
  if (!poll_) return ThrowErrno(Env(), error, "cannot watch the packet socket");
  // The object lives until close(), whether or not JavaScript still holds it.
  Ref();
}

void PacketSocket::PrepareReceive() {
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

Napi::Value PacketSocket::Statistics(const Napi::CallbackInfo&) { return SocketMemory(Env(), fd_.Get()); }

void PacketSocket::Close(const Napi::CallbackInfo&) {
  if (!fd_.IsOpen()) return;
  poll_.reset();
  fd_.Reset();
  Unref();
}

void PacketSocket::OnReady(bool failed) {
  Napi::HandleScope scope(Env());
  if (!arena_.IsUnchanged()) return Fail(EFAULT);
  if (failed) {
    // ENETDOWN when the link goes down, or the device: the first passes, netlink tells of the other.
    const int error = TakeSocketError(fd_.Get());
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
int PacketSocket::Receive() {
  for (mmsghdr& message : receive_headers_) {
    // The kernel has overwritten both with the sizes of the previous batch.
    message.msg_hdr.msg_namelen = sizeof(sockaddr_ll);
    message.msg_hdr.msg_controllen = kControlOctets;
  }
  const int count = recvmmsg(fd_.Get(), receive_headers_.data(), static_cast<unsigned int>(receive_headers_.size()),
                             MSG_DONTWAIT, nullptr);
  return count > 0 ? count : count == 0 ? -EAGAIN : -errno;
}

void PacketSocket::StoreColumns(size_t slot) {
  mmsghdr& message = receive_headers_[slot];
  const FrameInfo info = ReadFrameControl(&message.msg_hdr);
  uint32_t* row = arena_.Row(slot);
  row[kReceiveLength] = message.msg_len;
  row[kReceiveFlags] = ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0 ? kDatagramCut : 0) |
                       ((message.msg_hdr.msg_flags & MSG_CTRUNC) != 0 ? kControlCut : 0) |
                       (info.unfinished ? kChecksumUnfinished : 0);
  row[kReceiveIfindex] = static_cast<uint32_t>(receive_slots_[slot].source.sll_ifindex);
  row[kReceiveDestination] = 0;
  row[kReceiveSource] = 0;
  row[kReceiveSourcePort] = 0;
  row[kReceiveLost] = info.lost;
}

// Nothing more is received until close(), so that a lasting error cannot keep the loop spinning.
void PacketSocket::Fail(int error) {
  poll_->Pause();
  CallFromLoop(Env(), Value(), on_error_, {Napi::Number::New(Env(), error)});
}

// send(headers, headerOctets, arena, columns, first, count): number of frames the kernel took
Napi::Value PacketSocket::Send(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 0, napi_uint8_array) || !IsTypedArray(info, 2, napi_uint8_array) ||
      !IsTypedArray(info, 3, napi_uint32_array)) {
    ThrowTypeError(Env(), "send: wrong arguments");
    return Env().Undefined();
  }
  auto headers = info[0].As<Napi::Uint8Array>();
  auto arena = info[2].As<Napi::Uint8Array>();
  auto columns = info[3].As<Napi::Uint32Array>();
  const size_t header_octets = UnsignedArgument(info, 1);
  const size_t rows = columns.ElementLength() / kReplyColumns;
  const size_t first = std::min<size_t>(rows, UnsignedArgument(info, 4));
  const size_t count = std::min<size_t>(rows - first, UnsignedArgument(info, 5));
  if (header_octets == 0 || headers.ElementLength() / header_octets < count) {
    ThrowTypeError(Env(), "send: too few headers");
    return Env().Undefined();
  }
  uint32_t* const start = columns.Data() + first * kReplyColumns;
  uint32_t taken = 0;
  size_t done = 0;
  while (done < count) {
    size_t run = 0;
    for (; run < kSendRun && done + run < count; run++) {
      const uint32_t* row = start + (done + run) * kReplyColumns;
      const size_t offset = row[kReplyOffset];
      const size_t length = row[kReplyLength];
      if (offset > arena.ElementLength() || length > arena.ElementLength() - offset) break;
      send_slots_[run].parts[0] = {headers.Data() + (done + run) * header_octets, header_octets};
      send_slots_[run].parts[1] = {arena.Data() + offset, length};
    }
    if (run == 0) start[(done++) * kReplyColumns + kReplyResult] = EINVAL;
    taken += SendRun(start + done * kReplyColumns, run);
    done += run;
  }
  return Napi::Number::New(Env(), taken);
}

// Sends the prepared rows 0 .. run-1; returns how many the kernel took.
uint32_t PacketSocket::SendRun(uint32_t* columns, size_t run) {
  uint32_t taken = 0;
  size_t row = 0;
  while (row < run) {
    const int sent = sendmmsg(fd_.Get(), &send_headers_[row], static_cast<unsigned int>(run - row), MSG_DONTWAIT);
    for (int i = 0; i < sent; i++) columns[(row++) * kReplyColumns + kReplyResult] = 0;
    if (sent > 0) taken += static_cast<uint32_t>(sent);
    if (row == run) break;
    // sendmmsg stops at the first failure and may hide its errno; the row alone shows it.
    const int error = sendmsg(fd_.Get(), &send_headers_[row].msg_hdr, MSG_DONTWAIT) >= 0 ? 0 : errno;
    columns[(row++) * kReplyColumns + kReplyResult] = static_cast<uint32_t>(error);
    if (error == 0) taken++;
  }
  return taken;
}

}  // namespace anydhcpd
