// Single system calls that Node has no API for, or only one that does too much.

#ifndef ANYDHCPD_SYSTEM_CALLS_H_
#define ANYDHCPD_SYSTEM_CALLS_H_

#include <napi.h>

namespace anydhcpd {

/** notifyUnix() of src/native/system-calls.ts. */
Napi::Value NotifyUnix(const Napi::CallbackInfo& info);

/** lockFile() of src/native/system-calls.ts. */
Napi::Value LockFile(const Napi::CallbackInfo& info);

/** peerUid() of src/native/system-calls.ts. */
Napi::Value PeerUid(const Napi::CallbackInfo& info);

/** setProcessName() of src/native/system-calls.ts. */
Napi::Value SetProcessName(const Napi::CallbackInfo& info);

/** runAsBatch() of src/native/system-calls.ts. */
Napi::Value RunAsBatch(const Napi::CallbackInfo& info);

/** releaseFreeMemory() of src/native/system-calls.ts. */
void ReleaseFreeMemory(const Napi::CallbackInfo& info);

/** unblockSigusr1() of src/native/system-calls.ts. */
void UnblockSigusr1(const Napi::CallbackInfo& info);

/** sizeIfNamed() of src/native/system-calls.ts. */
Napi::Value SizeIfNamed(const Napi::CallbackInfo& info);

/** freeOctets() of src/native/addon.ts. */
Napi::Value FreeOctets(const Napi::CallbackInfo& info);

/** isUnread() of src/native/system-calls.ts. */
Napi::Value IsUnread(const Napi::CallbackInfo& info);

/** { receiveBuffer, receiveQueue, lost } of a socket, from SO_MEMINFO; zeros for a closed one (-1). */
Napi::Object SocketMemory(Napi::Env env, int fd);

}  // namespace anydhcpd

#endif  // ANYDHCPD_SYSTEM_CALLS_H_
