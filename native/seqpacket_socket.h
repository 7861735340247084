// A connected SOCK_SEQPACKET socket over which messages and, with SCM_RIGHTS, descriptors come.
//
// Guarantees: a received descriptor is handed on or closed, never lost, and is close-on-exec; at
// most one per message; a message that does not fit ends the connection instead of being read in
// part; onEnd is called once and nothing after it. May be closed inside its callbacks.

#ifndef ANYDHCPD_SEQPACKET_SOCKET_H_
#define ANYDHCPD_SEQPACKET_SOCKET_H_

#include <napi.h>
#include <sys/socket.h>

#include "poll_handle.h"
#include "unique_fd.h"

namespace anydhcpd {

/** See SeqpacketSocket in src/native/seqpacket-socket.ts. */
class SeqpacketSocket final : public Napi::ObjectWrap<SeqpacketSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit SeqpacketSocket(const Napi::CallbackInfo& info);

  /** For WatchedFd. */
  void OnReady(bool failed);

 private:
  // Longest message taken.
  static constexpr size_t kMessageOctets = 16384;
  // Messages delivered before the rest of the loop gets its turn.
  static constexpr int kMessagesPerEvent = 64;

  struct Message {
    ssize_t octets;
    bool cut;
    UniqueFd fd;
  };

  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Receive(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Open(const Napi::CallbackInfo& info);
  Message ReceiveOne();
  void End(int error);
  void CloseDescriptor();

  WatchedFd fd_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  Napi::FunctionReference on_message_;
  Napi::FunctionReference on_end_;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_SEQPACKET_SOCKET_H_
