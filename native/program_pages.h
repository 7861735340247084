// The pages of Node's program in this process's memory.

#ifndef ANYDHCPD_PROGRAM_PAGES_H_
#define ANYDHCPD_PROGRAM_PAGES_H_

#include <napi.h>

namespace anydhcpd {

/** releaseProgramPages() of src/native/system-calls.ts. */
void ReleaseProgramPages(const Napi::CallbackInfo& info);

}  // namespace anydhcpd

#endif  // ANYDHCPD_PROGRAM_PAGES_H_
