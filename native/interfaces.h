// The kernel's network interfaces: a list of them, and word that it has changed. One implementation
// per system (interface_dump_linux.cc, interface_watch_linux.cc). Neither needs a privilege.

#ifndef ANYDHCPD_INTERFACES_H_
#define ANYDHCPD_INTERFACES_H_

#include <napi.h>

#include "poll_handle.h"

namespace anydhcpd {

/** listInterfaces() of src/native/interfaces.ts. */
Napi::Value ListInterfaces(const Napi::CallbackInfo& info);

/** listNeighbours() of src/native/interfaces.ts. */
Napi::Value ListNeighbours(const Napi::CallbackInfo& info);

/** See InterfaceWatch in src/native/interfaces.ts. May be closed inside its callback. */
class InterfaceWatch final : public Napi::ObjectWrap<InterfaceWatch> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit InterfaceWatch(const Napi::CallbackInfo& info);

  /** For WatchedFd. */
  void OnReady(bool failed);

 private:
  void Open(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  WatchedFd fd_;
  Napi::FunctionReference on_change_;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_INTERFACES_H_
