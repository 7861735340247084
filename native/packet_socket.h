// A packet socket, bound to one interface and filtered by whoever has opened it, that moves whole
// frames in batches between the kernel and memory that JavaScript has allocated.
//
// Guarantees: one JavaScript call for up to a whole arena of frames; no allocation per frame; an error
// that belongs to one frame never stops the socket; may be closed inside its own callbacks. Looks
// into no frame.

#ifndef ANYDHCPD_PACKET_SOCKET_H_
#define ANYDHCPD_PACKET_SOCKET_H_

#include <linux/if_packet.h>
#include <napi.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <vector>

#include "poll_handle.h"
#include "receive_arena.h"
#include "unique_fd.h"

namespace anydhcpd {

/** See PacketSocket in src/native/native.ts. */
class PacketSocket final : public Napi::ObjectWrap<PacketSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit PacketSocket(const Napi::CallbackInfo& info);

 private:
  // The kernel's word on checksum and tag of a frame, and the loss counter.
  static constexpr size_t kControlOctets = CMSG_SPACE(sizeof(tpacket_auxdata)) + CMSG_SPACE(sizeof(uint32_t));
  // Longest run handed to one sendmmsg, as for UDP.
  static constexpr size_t kSendRun = 64;

  struct ReceiveSlot {
    sockaddr_ll source;
    iovec octets;
    alignas(cmsghdr) uint8_t control[kControlOctets];
  };
  struct SendSlot {
    iovec parts[2];
  };

  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Statistics(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Open(const Napi::CallbackInfo& info);
  void PrepareReceive();
  void OnReady(bool failed);
  int Receive();
  void StoreColumns(size_t slot);
  void Fail(int error);
  uint32_t SendRun(uint32_t* columns, size_t run);

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

#endif  // ANYDHCPD_PACKET_SOCKET_H_
