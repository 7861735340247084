// The kernel's network interfaces: a list of them, and word that it has changed. One implementation
// per system (interface_dump_linux.cc, interface_watch_linux.cc).

#ifndef ANYDHCPD_INTERFACES_H_
#define ANYDHCPD_INTERFACES_H_

#include <napi.h>

namespace anydhcpd {

/** listInterfaces() of src/native.ts. */
Napi::Value ListInterfaces(const Napi::CallbackInfo& info);

}  // namespace anydhcpd

#endif  // ANYDHCPD_INTERFACES_H_
