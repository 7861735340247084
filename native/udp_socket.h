// A bound UDP socket that moves datagrams in batches between the kernel and memory that JavaScript
// has allocated (datagram_batches.h). Knows no protocol above UDP.

#ifndef ANYDHCPD_UDP_SOCKET_H_
#define ANYDHCPD_UDP_SOCKET_H_

#include <napi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "cmsg.h"
#include "datagram_batches.h"

namespace anydhcpd {

/** See UdpSocket in src/native/udp-socket.ts. */
class UdpSocket final : public Napi::ObjectWrap<UdpSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit UdpSocket(const Napi::CallbackInfo& info);

 private:
  struct SendSlot {
    sockaddr_in destination;
    iovec octets;
    alignas(cmsghdr) uint8_t control[kSendControlOctets];
  };

  void AttachFilter(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Statistics(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  bool PrepareRow(size_t slot, uint8_t* arena, size_t arena_octets, const uint32_t* row);
  uint32_t SendRun(uint32_t* columns, size_t run, int flags);
  int SendWithFullChecksum(msghdr* header, int flags);

  BatchReceiver receiver_;
  std::array<SendSlot, kSendRun> send_slots_ = {};
  std::array<mmsghdr, kSendRun> send_headers_ = {};
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_UDP_SOCKET_H_
