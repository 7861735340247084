// Datagrams and frames in batches: from a socket into memory that JavaScript has allocated, and from
// prepared messages into the kernel. What UdpSocket and PacketSocket have in common.
//
// Guarantees: one JavaScript call for up to a whole arena; no allocation per datagram; an error that
// belongs to one datagram never stops the socket; may be closed inside its own callbacks.

#ifndef ANYDHCPD_DATAGRAM_BATCHES_H_
#define ANYDHCPD_DATAGRAM_BATCHES_H_

#include <linux/if_packet.h>
#include <napi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "poll_handle.h"
#include "receive_arena.h"

namespace anydhcpd {

/** Longest run handed to one sendmmsg; larger ones gained nothing when measured. */
inline constexpr size_t kSendRun = 64;

/** Octets of control data that a received message may bring, of any kind of socket. */
inline constexpr size_t kControlOctetsMax = 64;

/** What tells one kind of socket from another. */
struct SocketKind {
  /** For error messages: "UDP socket". */
  const char* name;
  size_t address_octets;
  size_t control_octets;
  /** Asks for the socket's control data; errno or 0. */
  int (*prepare)(int fd);
  /** Writes into a row what the control data and the source address (msg_name) say; length and flags are there. */
  void (*store)(msghdr* header, uint32_t* row);
};

/** A socket that is watched for datagrams. The JavaScript object that it is opened for lives until Close. */
class BatchReceiver {
 public:
  explicit BatchReceiver(int fd) : fd_(fd) {}

  /**
   * Takes (fd, arena, slotOctets, columns, onReadable, onError) as the files of src/native have validated them, and starts
   * watching. False: a JavaScript error is pending.
   */
  bool Open(const Napi::CallbackInfo& info, const SocketKind& kind);

  /** Ends the watching and closes the descriptor; nothing if that has happened. */
  void Close();

  /** For WatchedFd. */
  void OnReady(bool failed);

  /** -1 after Close. */
  int Fd() const { return fd_.Get(); }

 private:
  struct Slot {
    union {
      sockaddr_in ip;
      sockaddr_ll link;
    } source;
    iovec octets;
    alignas(cmsghdr) uint8_t control[kControlOctetsMax];
  };

  void PrepareHeaders();
  int Receive();
  void Fail(Napi::Object self, int error);

  const SocketKind* kind_ = nullptr;
  napi_env env_ = nullptr;
  WatchedFd fd_;
  ReceiveArena arena_;
  Napi::ObjectReference self_;
  Napi::FunctionReference on_readable_;
  Napi::FunctionReference on_error_;
  std::vector<Slot> slots_;
  std::vector<mmsghdr> headers_;
};

/**
 * Sends `run` prepared messages and writes an errno or 0 into kReplyResult of each of their rows, which begin at
 * `columns`. Returns how many the kernel took.
 */
uint32_t SendBatch(int fd, mmsghdr* messages, size_t run, int flags, uint32_t* columns);

}  // namespace anydhcpd

#endif  // ANYDHCPD_DATAGRAM_BATCHES_H_
