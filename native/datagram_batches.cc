// See datagram_batches.h.

#include "datagram_batches.h"

#include <cerrno>
#include <string>

#include "binding_util.h"
#include "cmsg.h"
#include "columns.h"

namespace anydhcpd {

bool BatchReceiver::Open(const Napi::CallbackInfo& info, const SocketKind& kind) {
  env_ = info.Env();
  kind_ = &kind;
  const std::string name = kind.name;
  if (!IsTypedArray(info, 1, napi_uint8_array) || !IsTypedArray(info, 3, napi_uint32_array) ||
      !info[4].IsFunction() || !info[5].IsFunction()) {
    ThrowTypeError(env_, (name + ": wrong arguments").c_str());
    return false;
  }
  if (!arena_.Take(info[1].As<Napi::Uint8Array>(), info[3].As<Napi::Uint32Array>(), UnsignedArgument(info, 2))) {
    ThrowTypeError(env_, (name + ": arena or columns too small").c_str());
    return false;
  }
  int error = fd_.SetNonBlocking();
  if (error == 0) error = kind.prepare(fd_.Get());
  if (error != 0) {
    ThrowErrno(env_, error, ("cannot prepare the " + name).c_str());
    return false;
  }
  on_readable_ = Napi::Persistent(info[4].As<Napi::Function>());
  on_error_ = Napi::Persistent(info[5].As<Napi::Function>());
  PrepareHeaders();
  error = fd_.Watch(env_, this);
  if (error != 0) {
    ThrowErrno(env_, error, ("cannot watch the " + name).c_str());
    return false;
  }
  // The object lives until close(), whether or not JavaScript still holds it.
  self_ = Napi::Persistent(info.This().As<Napi::Object>());
  return true;
}

void BatchReceiver::PrepareHeaders() {
  slots_.resize(arena_.Slots());
  headers_.resize(arena_.Slots());
  for (size_t i = 0; i < arena_.Slots(); i++) {
    slots_[i].octets = {arena_.Slot(i), arena_.SlotOctets()};
    msghdr& header = headers_[i].msg_hdr;
    header = {};
    header.msg_name = &slots_[i].source;
    header.msg_iov = &slots_[i].octets;
    header.msg_iovlen = 1;
    header.msg_control = slots_[i].control;
  }
}

void BatchReceiver::Close() {
  if (fd_.Close()) self_.Reset();
}

void BatchReceiver::OnReady(bool failed) {
  Napi::HandleScope scope(env_);
  // Keeps this object alive while callbacks run, also when one of them closes it.
  const Napi::Object self = self_.Value();
  if (!arena_.IsUnchanged()) return Fail(self, EFAULT);
  if (failed) {
    // Of a packet socket ENETDOWN, when the link goes down, or the device: the first passes, netlink tells of the other.
    const int error = TakeSocketError(fd_.Get());
    DrainErrorQueue(fd_.Get());
    if (error != 0 && !IsDatagramError(error)) return Fail(self, error);
  }
  const int count = Receive();
  if (count < 0) {
    if (!IsDatagramError(-count)) Fail(self, -count);
    return;
  }
  for (size_t slot = 0; slot < static_cast<size_t>(count); slot++) {
    mmsghdr& message = headers_[slot];
    uint32_t* row = arena_.Row(slot);
    row[kReceiveLength] = message.msg_len;
    row[kReceiveFlags] = ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0 ? kDatagramCut : 0) |
                         ((message.msg_hdr.msg_flags & MSG_CTRUNC) != 0 ? kControlCut : 0);
    kind_->store(&message.msg_hdr, row);
  }
  // Last: the callback may close this socket.
  CallFromLoop(env_, self, on_readable_, {Napi::Number::New(env_, count)});
}

// One batch only: remaining datagrams raise the next event, and the rest of the loop gets its turn.
int BatchReceiver::Receive() {
  for (mmsghdr& message : headers_) {
    // The kernel has overwritten both with the sizes of the previous batch.
    message.msg_hdr.msg_namelen = static_cast<socklen_t>(kind_->address_octets);
    message.msg_hdr.msg_controllen = kind_->control_octets;
  }
  const int count =
      recvmmsg(fd_.Get(), headers_.data(), static_cast<unsigned int>(headers_.size()), MSG_DONTWAIT, nullptr);
  return count > 0 ? count : count == 0 ? -EAGAIN : -errno;
}

// Nothing more is received until close(), so that a lasting error cannot keep the loop spinning.
void BatchReceiver::Fail(Napi::Object self, int error) {
  fd_.Pause();
  CallFromLoop(env_, self, on_error_, {Napi::Number::New(env_, error)});
}

uint32_t SendBatch(int fd, mmsghdr* messages, size_t run, int flags, uint32_t* columns) {
  uint32_t taken = 0;
  size_t row = 0;
  while (row < run) {
    const int sent = sendmmsg(fd, &messages[row], static_cast<unsigned int>(run - row), flags);
    for (int i = 0; i < sent; i++) columns[(row++) * kReplyColumns + kReplyResult] = 0;
    if (sent > 0) taken += static_cast<uint32_t>(sent);
    if (row == run) break;
    // sendmmsg stops at the first failure and may hide its errno; the row alone shows it. Should it
    // succeed now, the failure was an error left over from an earlier datagram.
    const int error = sendmsg(fd, &messages[row].msg_hdr, flags) >= 0 ? 0 : errno;
    columns[(row++) * kReplyColumns + kReplyResult] = static_cast<uint32_t>(error);
    if (error == 0) taken++;
  }
  return taken;
}

}  // namespace anydhcpd
