// See echo_socket.h.

#include "echo_socket.h"

#include <linux/icmp.h>

#include <cerrno>

#include "binding_util.h"
#include "cmsg.h"
#include "echo_message.h"

namespace anydhcpd {

namespace {

// ICMP_FILTER is an option of this level, which glibc does not name.
constexpr int kSolRaw = 255;

}  // namespace

Napi::Function EchoSocket::Define(Napi::Env env) {
  return DefineClass(env, "EchoSocket",
                     {
                         InstanceMethod<&EchoSocket::Send>("send"),
                         InstanceMethod<&EchoSocket::Close>("close"),
                     });
}

// new EchoSocket(fd, onReply)
EchoSocket::EchoSocket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<EchoSocket>(info), fd_(DescriptorArgument(info, 0)) {
  Open(info);
}

void EchoSocket::Open(const Napi::CallbackInfo& info) {
  if (!info[1].IsFunction()) return ThrowTypeError(Env(), "EchoSocket: wrong arguments");
  int type = 0;
  socklen_t size = sizeof type;
  int error = fd_.SetNonBlocking();
  if (error == 0 && getsockopt(fd_.Get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0) error = errno;
  if (error != 0) return ThrowErrno(Env(), error, "cannot prepare the ICMP socket");
  is_raw_ = type == SOCK_RAW;
  if (is_raw_) {
    // Spares us the rest of the host's ICMP. Where it may not be set, Deliver sorts.
    const icmp_filter filter = {~(1U << ICMP_ECHOREPLY)};
    setsockopt(fd_.Get(), kSolRaw, ICMP_FILTER, &filter, sizeof filter);
  }
  for (size_t i = 0; i < kBatch; i++) {
    slots_[i].part = {slots_[i].octets.data(), kSlotOctets};
    headers_[i].msg_hdr.msg_name = &slots_[i].source;
    headers_[i].msg_hdr.msg_iov = &slots_[i].part;
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
  on_reply_ = Napi::Persistent(info[1].As<Napi::Function>());
  error = fd_.Watch(Env(), this);
  if (error != 0) return ThrowErrno(Env(), error, "cannot watch the ICMP socket");
  Ref();
}

// send(destination, source, ifindex, identifier, sequence): errno or 0
Napi::Value EchoSocket::Send(const Napi::CallbackInfo& info) {
  uint8_t message[kEchoRequestOctets];
  BuildEchoRequest(message, UnsignedArgument(info, 3), UnsignedArgument(info, 4));
  sockaddr_in destination = {};
  destination.sin_family = AF_INET;
  destination.sin_addr.s_addr = htonl(UnsignedArgument(info, 0));
  iovec part = {message, sizeof message};
  alignas(cmsghdr) uint8_t control[kSendControlOctets];
  msghdr header = {};
  header.msg_name = &destination;
  header.msg_namelen = sizeof destination;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  WriteControl(&header, UnsignedArgument(info, 1), UnsignedArgument(info, 2));
  const int error = sendmsg(fd_.Get(), &header, MSG_DONTWAIT) >= 0 ? 0 : errno;
  return Napi::Number::New(Env(), error);
}

void EchoSocket::Close(const Napi::CallbackInfo&) {
  if (fd_.Close()) Unref();
}

void EchoSocket::OnReady(bool failed) {
  Napi::HandleScope scope(Env());
  // Keeps this object alive while callbacks run, also when one of them closes it.
  Napi::Object self = Value();
  if (failed) {
    TakeSocketError(fd_.Get());
    DrainErrorQueue(fd_.Get());
  }
  for (mmsghdr& message : headers_) message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
  const int count = recvmmsg(fd_.Get(), headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
  // A lasting error must not keep the loop spinning: without replies every check just times out.
  if (count < 0 && !IsDatagramError(errno)) fd_.Pause();
  for (int i = 0; i < count && fd_.IsOpen(); i++) {
    const auto slot = static_cast<size_t>(i);
    if ((headers_[slot].msg_hdr.msg_flags & MSG_TRUNC) == 0) Deliver(self, headers_[slot], slots_[slot]);
  }
}

void EchoSocket::Deliver(Napi::Object self, const mmsghdr& message, const Slot& slot) {
  EchoReply reply;
  if (!ReadEchoReply(slot.octets.data(), message.msg_len, is_raw_, &reply)) return;
  Napi::HandleScope scope(Env());
  CallFromLoop(Env(), self, on_reply_,
               {Napi::Number::New(Env(), ntohl(slot.source.sin_addr.s_addr)),
                Napi::Number::New(Env(), reply.identifier), Napi::Number::New(Env(), reply.sequence)});
}

}  // namespace anydhcpd
