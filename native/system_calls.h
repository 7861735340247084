// Single system calls that Node has no API for.

#ifndef ANYDHCPD_SYSTEM_CALLS_H_
#define ANYDHCPD_SYSTEM_CALLS_H_

#include <napi.h>

namespace anydhcpd {

/** notifyUnix() of src/native.ts. */
Napi::Value NotifyUnix(const Napi::CallbackInfo& info);

/** lockFile() of src/native.ts. */
Napi::Value LockFile(const Napi::CallbackInfo& info);

}  // namespace anydhcpd

#endif  // ANYDHCPD_SYSTEM_CALLS_H_
