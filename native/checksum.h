// CRC-32C (RFC 3720 appendix B.4): a start reads hundreds of megabytes, and the processor has
// an instruction for it. Knows nothing of the octets' meaning.

#ifndef ANYDHCPD_CHECKSUM_H_
#define ANYDHCPD_CHECKSUM_H_

#include <napi.h>

namespace anydhcpd {

/** crc32c(octets: Uint8Array, start, end, previous): the checksum of octets[start..end) after `previous`. */
Napi::Value Crc32c(const Napi::CallbackInfo& info);

}  // namespace anydhcpd

#endif  // ANYDHCPD_CHECKSUM_H_
