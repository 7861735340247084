// A packet socket, bound to one interface and filtered by the process that opened it, that moves whole
// frames in batches between the kernel and memory that JavaScript has allocated (datagram_batches.h).
// Looks into no frame.

#ifndef ANYDHCPD_PACKET_SOCKET_H_
#define ANYDHCPD_PACKET_SOCKET_H_

#include <napi.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "datagram_batches.h"

namespace anydhcpd {

/** See PacketSocket in src/native/packet-socket.ts. */
class PacketSocket final : public Napi::ObjectWrap<PacketSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit PacketSocket(const Napi::CallbackInfo& info);

 private:
  struct SendSlot {
    iovec parts[2];
  };

  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Statistics(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  BatchReceiver receiver_;
  std::array<SendSlot, kSendRun> send_slots_ = {};
  std::array<mmsghdr, kSendRun> send_headers_ = {};
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_PACKET_SOCKET_H_
