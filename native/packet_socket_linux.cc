// See packet_socket.h. Linux: AF_PACKET with PACKET_AUXDATA.

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

int PreparePacketSocket(int fd) {
  const int one = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) != 0) return errno;
  return setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one) == 0 ? 0 : errno;
}

void StoreArrival(msghdr* header, uint32_t* row) {
  const FrameInfo info = ReadFrameControl(header);
  if (info.unfinished) row[kReceiveFlags] |= kChecksumUnfinished;
  row[kReceiveIfindex] = static_cast<uint32_t>(static_cast<const sockaddr_ll*>(header->msg_name)->sll_ifindex);
  row[kReceiveDestination] = 0;
  row[kReceiveSource] = 0;
  row[kReceiveSourcePort] = 0;
  row[kReceiveLost] = info.lost;
}

// The kernel's word on checksum and tag of a frame, and the loss counter.
constexpr size_t kControlOctets = CMSG_SPACE(sizeof(tpacket_auxdata)) + CMSG_SPACE(sizeof(uint32_t));
constexpr SocketKind kPacket = {"packet socket", sizeof(sockaddr_ll), kControlOctets, PreparePacketSocket, StoreArrival};
static_assert(kControlOctets <= kControlOctetsMax);

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
    : Napi::ObjectWrap<PacketSocket>(info), receiver_(DescriptorArgument(info, 0)) {
  // No name: a frame leaves by the interface that the socket is bound to.
  for (size_t i = 0; i < kSendRun; i++) {
    send_headers_[i].msg_hdr.msg_iov = send_slots_[i].parts;
    send_headers_[i].msg_hdr.msg_iovlen = 2;
  }
  receiver_.Open(info, kPacket);
}

Napi::Value PacketSocket::Statistics(const Napi::CallbackInfo&) { return SocketMemory(Env(), receiver_.Fd()); }

void PacketSocket::Close(const Napi::CallbackInfo&) { receiver_.Close(); }

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
    taken += SendBatch(receiver_.Fd(), send_headers_.data(), run, MSG_DONTWAIT, start + done * kReplyColumns);
    done += run;
  }
  return Napi::Number::New(Env(), taken);
}

}  // namespace anydhcpd
