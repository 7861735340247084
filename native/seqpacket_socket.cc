// See seqpacket_socket.h.

#include "seqpacket_socket.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "binding_util.h"
#include "cmsg.h"

namespace anydhcpd {

namespace {

// Descriptors that one message may bring; the kernel cuts further ones off (and closes them).
constexpr size_t kDescriptorsMax = 8;

constexpr uint32_t kMicrosecondsPerSecond = 1'000'000;
constexpr long kNanosecondsPerMicrosecond = 1000;

// Keeps the first descriptor of a control message and closes the others.
void TakeDescriptors(const cmsghdr* part, UniqueFd* first) {
  const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; i++) {
    int number = -1;
    memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
    UniqueFd received(number);
    if (!first->IsOpen()) *first = std::move(received);
  }
}

}  // namespace

Napi::Function SeqpacketSocket::Define(Napi::Env env) {
  return DefineClass(env, "SeqpacketSocket",
                     {
                         InstanceMethod<&SeqpacketSocket::Send>("send"),
                         InstanceMethod<&SeqpacketSocket::Receive>("receive"),
                         InstanceMethod<&SeqpacketSocket::Close>("close"),
                     });
}

// new SeqpacketSocket(fd, onMessage, onEnd)
SeqpacketSocket::SeqpacketSocket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SeqpacketSocket>(info), fd_(DescriptorArgument(info, 0)) {
  Open(info);
}

void SeqpacketSocket::Open(const Napi::CallbackInfo& info) {
  if (!info[1].IsFunction() || !info[2].IsFunction()) {
    return ThrowTypeError(Env(), "SeqpacketSocket: wrong arguments");
  }
  int error = fd_.SetNonBlocking();
  if (error != 0) return ThrowErrno(Env(), error, "cannot prepare the seqpacket socket");
  buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(Napi::ArrayBuffer::New(Env(), kMessageOctets), 1);
  on_message_ = Napi::Persistent(info[1].As<Napi::Function>());
  on_end_ = Napi::Persistent(info[2].As<Napi::Function>());
  error = fd_.Watch(Env(), this);
  if (error != 0) return ThrowErrno(Env(), error, "cannot watch the seqpacket socket");
  Ref();
}

// send(bytes, length): errno or 0
Napi::Value SeqpacketSocket::Send(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 0, napi_uint8_array)) {
    ThrowTypeError(Env(), "send: not a Uint8Array");
    return Env().Undefined();
  }
  auto bytes = info[0].As<Napi::Uint8Array>();
  const size_t length = std::min<size_t>(bytes.ElementLength(), UnsignedArgument(info, 1));
  int error = EPIPE;
  if (fd_.IsOpen()) {
    error = send(fd_.Get(), bytes.Data(), length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ? 0 : errno;
  }
  return Napi::Number::New(Env(), error);
}

// receive(microseconds): whether something has come in that time and has been handed on
Napi::Value SeqpacketSocket::Receive(const Napi::CallbackInfo& info) {
  if (!fd_.IsOpen()) return Napi::Boolean::New(Env(), false);
  pollfd awaited = {fd_.Get(), POLLIN, 0};
  const uint32_t microseconds = UnsignedArgument(info, 0);
  const timespec limit = {microseconds / kMicrosecondsPerSecond,
                          static_cast<long>(microseconds % kMicrosecondsPerSecond) * kNanosecondsPerMicrosecond};
  const bool has_come = ppoll(&awaited, 1, &limit, nullptr) > 0;
  if (has_come) OnReady((awaited.revents & POLLERR) != 0);
  return Napi::Boolean::New(Env(), has_come);
}

void SeqpacketSocket::Close(const Napi::CallbackInfo&) { CloseDescriptor(); }

void SeqpacketSocket::CloseDescriptor() {
  if (fd_.Close()) Unref();
}

// `octets`: length, 0 at the end, or a negative errno.
SeqpacketSocket::Message SeqpacketSocket::ReceiveOne() {
  alignas(cmsghdr) uint8_t control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
  iovec part = {buffer_.Value().Data(), kMessageOctets};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  Message message = {recvmsg(fd_.Get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), false, UniqueFd()};
  if (message.octets < 0) {
    message.octets = -errno;
    return message;
  }
  message.cut = (header.msg_flags & MSG_TRUNC) != 0;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) TakeDescriptors(item, &message.fd);
  }
  return message;
}

void SeqpacketSocket::OnReady(bool failed) {
  Napi::HandleScope scope(Env());
  // Keeps this object alive while callbacks run, also when one of them closes it.
  Napi::Object self = Value();
  // ECONNRESET comes ahead of messages that the peer has sent before it went: those are read first.
  int error = failed ? TakeSocketError(fd_.Get()) : 0;
  for (int count = 0; count < kMessagesPerEvent && fd_.IsOpen(); count++) {
    Napi::HandleScope message_scope(Env());
    if (buffer_.Value().ByteLength() != kMessageOctets) return End(EFAULT);
    Message message = ReceiveOne();
    if (message.octets == -EINTR) continue;
    if (message.octets == -EAGAIN && error == 0) return;
    if (message.octets == -EAGAIN || message.octets == 0) return End(error);
    if (message.octets < 0) {
      if (error != 0) return End(error);
      error = static_cast<int>(-message.octets);
      continue;
    }
    if (message.cut) return End(EMSGSIZE);
    napi_value bytes = nullptr;
    const napi_status status = napi_create_typedarray(
        Env(), napi_uint8_array, static_cast<size_t>(message.octets), buffer_.Value(), 0, &bytes);
    // The environment is being terminated; the message's descriptor is closed on return.
    if (status != napi_ok) return;
    CallFromLoop(Env(), self, on_message_, {bytes, Napi::Number::New(Env(), message.fd.Release())});
  }
}

void SeqpacketSocket::End(int error) {
  Napi::Object self = Value();
  CloseDescriptor();
  CallFromLoop(Env(), self, on_end_, {Napi::Number::New(Env(), error)});
}

}  // namespace anydhcpd
