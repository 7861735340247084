// Word that links or IPv4 addresses have changed, by a netlink socket that belongs to nothing else.
// See interfaces.h.

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "binding_util.h"
#include "cmsg.h"
#include "interfaces.h"

namespace anydhcpd {

namespace {

// Messages taken before the rest of the loop gets its turn.
constexpr int kMessagesPerEvent = 4096;

int OpenWatchSocket(WatchedFd* fd) {
  fd->Reset(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd->IsOpen()) return errno;
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR;
  return bind(fd->Get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

// Empties the socket; whether there was word of a change. ENOBUFS says that messages were lost, so
// it is one.
bool DrainWatchSocket(int fd) {
  bool changed = false;
  for (int count = 0; count < kMessagesPerEvent; count++) {
    // The content does not matter: the kernel throws away what does not fit.
    nlmsghdr head;
    sockaddr_nl sender = {};
    iovec part = {&head, sizeof head};
    msghdr header = {};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t octets = recvmsg(fd, &header, MSG_DONTWAIT);
    if (octets < 0 && errno == EAGAIN) break;
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0 || (header.msg_namelen == sizeof sender && sender.nl_pid == 0)) changed = true;
  }
  return changed;
}

}  // namespace

Napi::Function InterfaceWatch::Define(Napi::Env env) {
  return DefineClass(env, "InterfaceWatch", {InstanceMethod<&InterfaceWatch::Close>("close")});
}

// new InterfaceWatch(onChange)
InterfaceWatch::InterfaceWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<InterfaceWatch>(info) { Open(info); }

void InterfaceWatch::Open(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) return ThrowTypeError(Env(), "InterfaceWatch: not a function");
  on_change_ = Napi::Persistent(info[0].As<Napi::Function>());
  int error = OpenWatchSocket(&fd_);
  if (error == 0) error = fd_.Watch(Env(), this);
  if (error != 0) return ThrowErrno(Env(), error, "cannot watch the network interfaces");
  Ref();
}

void InterfaceWatch::Close(const Napi::CallbackInfo&) {
  if (fd_.Close()) Unref();
}

void InterfaceWatch::OnReady(bool failed) {
  Napi::HandleScope scope(Env());
  // An overrun shows as an error condition of the socket; reading SO_ERROR clears it.
  const bool overrun = failed && TakeSocketError(fd_.Get()) != 0;
  if (!DrainWatchSocket(fd_.Get()) && !overrun) return;
  // Last: the callback may close this watch.
  CallFromLoop(Env(), Value(), on_change_, {});
}

}  // namespace anydhcpd
