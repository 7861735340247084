// See echo_socket.h.

#include "echo_socket.h"

#include <linux/icmp.h>
#include <netinet/ip.h>

#include <cerrno>
#include <cstring>

#include "binding_util.h"
#include "cmsg.h"

namespace anydhcpd {

namespace {

// ICMP_FILTER is an option of this level, which glibc does not name.
constexpr int kSolRaw = 255;
constexpr size_t kHeaderOctets = 8;
constexpr size_t kRequestOctets = kHeaderOctets + 32;

// The Internet checksum (RFC 1071) in host order; 0 over a message that contains a right one.
uint16_t Checksum(const uint8_t* octets, size_t length) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < length; i += 2) sum += static_cast<uint32_t>(octets[i] << 8 | octets[i + 1]);
  if (length % 2 != 0) sum += static_cast<uint32_t>(octets[length - 1] << 8);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint16_t ReadShort(const uint8_t* octets) { return static_cast<uint16_t>(octets[0] << 8 | octets[1]); }

void WriteShort(uint8_t* octets, uint32_t value) {
  octets[0] = static_cast<uint8_t>(value >> 8);
  octets[1] = static_cast<uint8_t>(value);
}

void BuildRequest(uint8_t (&message)[kRequestOctets], uint32_t identifier, uint32_t sequence) {
  for (size_t i = kHeaderOctets; i < kRequestOctets; i++) message[i] = static_cast<uint8_t>(i);
  message[0] = ICMP_ECHO;
  WriteShort(message + 4, identifier);
  WriteShort(message + 6, sequence);
  WriteShort(message + 2, Checksum(message, kRequestOctets));
}

// Where the ICMP message begins behind the IP header that a raw socket shows; shortens `length` to
// what IP says. 0: not a whole datagram.
size_t SkipIpHeader(const uint8_t* octets, size_t* length) {
  if (*length < sizeof(iphdr) || octets[0] >> 4 != 4) return 0;
  const size_t header = static_cast<size_t>(octets[0] & 15) * 4;
  const size_t total = ReadShort(octets + 2);
  if (header < sizeof(iphdr) || total < header || total > *length) return 0;
  *length = total;
  return header;
}

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
  uint8_t message[kRequestOctets] = {};
  BuildRequest(message, UnsignedArgument(info, 3), UnsignedArgument(info, 4));
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
  const uint8_t* octets = slot.octets.data();
  size_t length = message.msg_len;
  if (is_raw_) {
    const size_t header = SkipIpHeader(octets, &length);
    if (header == 0) return;
    octets += header;
    length -= header;
  }
  if (length < kHeaderOctets || octets[0] != ICMP_ECHOREPLY || octets[1] != 0 || Checksum(octets, length) != 0) return;
  Napi::HandleScope scope(Env());
  CallFromLoop(Env(), self, on_reply_,
               {Napi::Number::New(Env(), ntohl(slot.source.sin_addr.s_addr)),
                Napi::Number::New(Env(), ReadShort(octets + 4)), Napi::Number::New(Env(), ReadShort(octets + 6))});
}

}  // namespace anydhcpd
