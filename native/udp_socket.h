// A bound UDP socket that moves datagrams in batches between the kernel and memory that JavaScript
// has allocated.
//
// Guarantees: one JavaScript call for up to a whole arena of datagrams; no allocation per datagram;
// an error that belongs to one datagram never stops the socket; may be closed inside its own
// callbacks. Knows no protocol above UDP.

#ifndef ANYDHCPD_UDP_SOCKET_H_
#define ANYDHCPD_UDP_SOCKET_H_

#include <napi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <vector>

#include "cmsg.h"
#include "poll_handle.h"
#include "receive_arena.h"
#include "unique_fd.h"

namespace anydhcpd {

/** See UdpSocket in src/native/native.ts. */
class UdpSocket final : public Napi::ObjectWrap<UdpSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit UdpSocket(const Napi::CallbackInfo& info);

 private:
  struct ReceiveSlot {
    sockaddr_in source;
    iovec octets;
    alignas(cmsghdr) uint8_t control[kReceiveControlOctets];
  };
  struct SendSlot {
    sockaddr_in destination;
    iovec octets;
    alignas(cmsghdr) uint8_t control[kSendControlOctets];
  };
  // Longest run handed to one sendmmsg; larger ones gained nothing when measured.
  static constexpr size_t kSendRun = 64;

  void AttachFilter(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Statistics(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Open(const Napi::CallbackInfo& info);
  void PrepareReceive();
  void OnReady(bool failed);
  int Receive();
  void StoreColumns(size_t slot);
  void Fail(int error);

  bool PrepareRow(size_t slot, uint8_t* arena, size_t arena_octets, const uint32_t* row);
  uint32_t SendRun(uint32_t* columns, size_t run, int flags);
  int SendOne(msghdr* header, int flags);
  int SendWithFullChecksum(msghdr* header, int flags);

  UniqueFd fd_;
  ReceiveArena arena_;
  Napi::FunctionReference on_readable_;
  Napi::FunctionReference on_error_;
  std::vector<ReceiveSlot> receive_slots_;
  std::vector<mmsghdr> receive_headers_;
  std::array<SendSlot, kSendRun> send_slots_ = {};
  std::array<mmsghdr, kSendRun> send_headers_ = {};
  // Last: released first, before the descriptor is closed.
  PollPointer poll_;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_UDP_SOCKET_H_
