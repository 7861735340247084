// The memory that JavaScript lends a socket for receiving: slots for octets, rows for everything
// else. Holds both buffers, and notices when one was detached or resized meanwhile: the kernel would
// go on writing into freed memory.

#ifndef ANYDHCPD_RECEIVE_ARENA_H_
#define ANYDHCPD_RECEIVE_ARENA_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "columns.h"

namespace anydhcpd {

/** Slots and rows, numbered 0 .. Slots() - 1. */
class ReceiveArena {
 public:
  /** Takes hold of both; false if there is not a single slot, or too few rows. */
  bool Take(Napi::Uint8Array arena, Napi::Uint32Array columns, size_t slot_octets) {
    if (slot_octets == 0) return false;
    slot_octets_ = slot_octets;
    data_ = arena.Data();
    octets_ = arena.ElementLength();
    columns_data_ = columns.Data();
    columns_length_ = columns.ElementLength();
    arena_ = Napi::Reference<Napi::Uint8Array>::New(arena, 1);
    columns_ = Napi::Reference<Napi::Uint32Array>::New(columns, 1);
    return Slots() > 0 && columns_length_ / kReceiveColumns >= Slots();
  }

  /** Whether both buffers are still where they were. */
  bool IsUnchanged() const {
    auto arena = arena_.Value();
    auto columns = columns_.Value();
    return arena.Data() == data_ && arena.ElementLength() == octets_ && columns.Data() == columns_data_ &&
           columns.ElementLength() == columns_length_;
  }

  size_t Slots() const { return octets_ / slot_octets_; }
  size_t SlotOctets() const { return slot_octets_; }
  uint8_t* Slot(size_t number) const { return data_ + number * slot_octets_; }
  uint32_t* Row(size_t number) const { return columns_data_ + number * kReceiveColumns; }

 private:
  Napi::Reference<Napi::Uint8Array> arena_;
  Napi::Reference<Napi::Uint32Array> columns_;
  uint8_t* data_ = nullptr;
  uint32_t* columns_data_ = nullptr;
  size_t octets_ = 0;
  size_t columns_length_ = 0;
  size_t slot_octets_ = 1;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_RECEIVE_ARENA_H_
