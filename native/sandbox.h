// The system-call filter of the daemon itself. What it may do with files is Landlock's business
// (launcher/landlock.c), and holds from its first instruction on.

#ifndef ANYDHCPD_SANDBOX_H_
#define ANYDHCPD_SANDBOX_H_

#include <napi.h>

namespace anydhcpd {

/** enterSandbox() of src/native/sandbox.ts. */
Napi::Value EnterSandbox(const Napi::CallbackInfo& info);

}  // namespace anydhcpd

#endif  // ANYDHCPD_SANDBOX_H_
