// See checksum.h. One way for processors with the instruction, one for all others; which of them is asked
// once.

#include "checksum.h"

#include <array>
#include <cstring>

#include "binding_util.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

namespace anydhcpd {

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;

// Table 0 is for one octet; octet i of eight is looked up in table 7 - i ("slicing by eight").
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables tables = {};
  for (uint32_t octet = 0; octet < 256; ++octet) {
    uint32_t crc = octet;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    tables[0][octet] = crc;
  }
  for (size_t table = 1; table < 8; ++table) {
    for (size_t octet = 0; octet < 256; ++octet) {
      const uint32_t shorter = tables[table - 1][octet];
      tables[table][octet] = (shorter >> 8) ^ tables[0][shorter & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint32_t SumByTables(uint32_t crc, const uint8_t* at, size_t length) {
  for (; length >= 8; at += 8, length -= 8) {
    const uint32_t low = crc ^ (uint32_t{at[0]} | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24);
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][at[4]] ^ kTables[2][at[5]] ^ kTables[1][at[6]] ^ kTables[0][at[7]];
  }
  for (; length > 0; ++at, --length) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xff];
  return crc;
}

#if defined(__x86_64__)
bool HasInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t SumByInstruction(uint32_t crc, const uint8_t* at, size_t length) {
  uint64_t wide = crc;
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<uint32_t>(wide);
  for (; length > 0; ++at, --length) crc = _mm_crc32_u8(crc, *at);
  return crc;
}
#elif defined(__aarch64__)
bool HasInstruction() { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }  // HWCAP_CRC32

__attribute__((target("+crc"))) uint32_t SumByInstruction(uint32_t crc, const uint8_t* at, size_t length) {
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    crc = __crc32cd(crc, word);
  }
  for (; length > 0; ++at, --length) crc = __crc32cb(crc, *at);
  return crc;
}
#else
bool HasInstruction() { return false; }

uint32_t SumByInstruction(uint32_t crc, const uint8_t* at, size_t length) { return SumByTables(crc, at, length); }
#endif

uint32_t Sum(uint32_t crc, const uint8_t* octets, size_t length) {
  static const bool has_instruction = HasInstruction();
  return has_instruction ? SumByInstruction(crc, octets, length) : SumByTables(crc, octets, length);
}

}  // namespace

Napi::Value Crc32c(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsTypedArray(info, 0, napi_uint8_array)) {
    ThrowTypeError(env, "octets must be a Uint8Array");
    return env.Undefined();
  }
  const Napi::Uint8Array octets = info[0].As<Napi::Uint8Array>();
  const size_t start = UnsignedArgument(info, 1);
  const size_t end = UnsignedArgument(info, 2);
  if (start > end || end > octets.ByteLength()) {
    ThrowTypeError(env, "the octets end before the range does");
    return env.Undefined();
  }
  // The other way is tried by a test that asks for it.
  const bool by_tables = info[4].IsBoolean() && info[4].As<Napi::Boolean>().Value();
  const uint32_t before = ~UnsignedArgument(info, 3);
  const uint8_t* first = octets.Data() + start;
  const uint32_t crc = by_tables ? SumByTables(before, first, end - start) : Sum(before, first, end - start);
  return Napi::Number::New(env, ~crc);
}

}  // namespace anydhcpd
