// Numbers of the metadata columns that JavaScript and C++ share. src/native/columns.ts says the same and
// says what each column means; the addon exports these so that a test, and the loader, compare.

#ifndef ANYDHCPD_COLUMNS_H_
#define ANYDHCPD_COLUMNS_H_

#include <cstddef>
#include <cstdint>

namespace anydhcpd {

/** Columns of a received datagram. */
enum ReceiveColumn : size_t {
  kReceiveLength = 0,
  kReceiveFlags = 1,
  kReceiveIfindex = 2,
  kReceiveDestination = 3,
  kReceiveSource = 4,
  kReceiveSourcePort = 5,
  kReceiveLost = 6,
  // Never written here.
  kReceivePayload = 7,
};
inline constexpr size_t kReceiveColumns = 8;

/** Bits of kReceiveFlags. */
inline constexpr uint32_t kDatagramCut = 1;
inline constexpr uint32_t kControlCut = 2;
inline constexpr uint32_t kChecksumUnfinished = 4;

/** Columns of a datagram to send; those after kReplyResult belong to JavaScript alone. */
enum ReplyColumn : size_t {
  kReplyOffset = 0,
  kReplyLength = 1,
  kReplyDestination = 2,
  kReplyPort = 3,
  kReplySource = 4,
  kReplyIfindex = 5,
  kReplyFlags = 6,
  kReplyResult = 7,
};
inline constexpr size_t kReplyColumns = 12;

/** Bits of kReplyFlags. */
inline constexpr uint32_t kSendDontRoute = 1;
inline constexpr uint32_t kSendFullChecksum = 2;

}  // namespace anydhcpd

#endif  // ANYDHCPD_COLUMNS_H_
