// ICMP echo requests and replies (RFC 792) on a raw or a datagram ICMP socket.
//
// Guarantees: only well-formed echo replies with a right checksum are reported; no allocation per
// datagram; an error that belongs to one destination never stops the socket. May be closed inside
// its callback.

#ifndef ANYDHCPD_ECHO_SOCKET_H_
#define ANYDHCPD_ECHO_SOCKET_H_

#include <napi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "poll_handle.h"

namespace anydhcpd {

/** See EchoSocket in src/native/echo-socket.ts. */
class EchoSocket final : public Napi::ObjectWrap<EchoSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit EchoSocket(const Napi::CallbackInfo& info);

  /** For WatchedFd. */
  void OnReady(bool failed);

 private:
  static constexpr size_t kBatch = 32;
  // Longest IP header, ICMP header, our payload and some room; a longer message is no reply to us.
  static constexpr size_t kSlotOctets = 256;

  struct Slot {
    sockaddr_in source;
    iovec part;
    std::array<uint8_t, kSlotOctets> octets;
  };

  Napi::Value Send(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Open(const Napi::CallbackInfo& info);
  void Deliver(Napi::Object self, const mmsghdr& message, const Slot& slot);

  WatchedFd fd_;
  bool is_raw_ = false;
  Napi::FunctionReference on_reply_;
  std::array<Slot, kBatch> slots_ = {};
  std::array<mmsghdr, kBatch> headers_ = {};
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_ECHO_SOCKET_H_
