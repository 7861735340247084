// See system_calls.h.

#include "system_calls.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "binding_util.h"
#include "unique_fd.h"

namespace anydhcpd {

namespace {

int SendToPath(const std::string& path, const std::string& text) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // A path needs its terminating zero; an abstract name does not, but loses nothing by the same bound.
  if (path.empty() || path.size() >= sizeof address.sun_path) return path.empty() ? EINVAL : ENAMETOOLONG;
  path.copy(address.sun_path, path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.IsOpen()) return errno;
  const ssize_t sent = sendto(fd.Get(), text.data(), text.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), length);
  return sent >= 0 ? 0 : errno;
}

}  // namespace

Napi::Value NotifyUnix(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsString()) {
    ThrowTypeError(info.Env(), "notifyUnix: not strings");
    return info.Env().Undefined();
  }
  const int error = SendToPath(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::String>().Utf8Value());
  return Napi::Number::New(info.Env(), error);
}

// A lock of the open file, not of the process: closing another descriptor of it does not drop it.
Napi::Value LockFile(const Napi::CallbackInfo& info) {
  struct flock whole_file = {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  const int error = fcntl(DescriptorArgument(info, 0), F_OFD_SETLK, &whole_file) == 0 ? 0 : errno;
  return Napi::Number::New(info.Env(), error);
}

Napi::Value RunAsBatch(const Napi::CallbackInfo& info) {
  const sched_param none = {};
  const auto thread = static_cast<pid_t>(UnsignedArgument(info, 0));
  const int error = sched_setscheduler(thread, SCHED_BATCH, &none) == 0 ? 0 : errno;
  return Napi::Number::New(info.Env(), error);
}

// Other C libraries give free memory back themselves.
void ReleaseFreeMemory(const Napi::CallbackInfo& /*info*/) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

Napi::Value PeerUid(const Napi::CallbackInfo& info) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  const int error = getsockopt(DescriptorArgument(info, 0), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return Napi::Number::New(info.Env(), error == 0 ? static_cast<double>(peer.uid) : -1);
}

void UnblockSigusr1(const Napi::CallbackInfo&) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

Napi::Value SetProcessName(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) {
    ThrowTypeError(info.Env(), "setProcessName: not a string");
    return info.Env().Undefined();
  }
  prctl(PR_SET_NAME, info[0].As<Napi::String>().Utf8Value().c_str());
  return info.Env().Undefined();
}

Napi::Value SizeIfNamed(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) {
    ThrowTypeError(info.Env(), "sizeIfNamed: not a path");
    return info.Env().Undefined();
  }
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  struct stat named;
  struct stat opened;
  const bool is_open = fstat(DescriptorArgument(info, 1), &opened) == 0;
  const bool is_same = is_open && (path.empty() || (stat(path.c_str(), &named) == 0 && named.st_ino == opened.st_ino &&
                                                    named.st_dev == opened.st_dev));
  return Napi::Number::New(info.Env(), is_same ? static_cast<double>(opened.st_size) : -1);
}

Napi::Value FreeOctets(const Napi::CallbackInfo& info) {
  struct statvfs system;
  // File systems that know no sizes say that they have no blocks at all.
  const bool is_known = fstatvfs(DescriptorArgument(info, 0), &system) == 0 && system.f_blocks > 0;
  return Napi::Number::New(info.Env(),
                           is_known ? static_cast<double>(system.f_bavail) * static_cast<double>(system.f_frsize) : -1);
}

// A pipe without a reader reports POLLERR to its writer; a socket or terminal whose other end is gone reports POLLHUP.
Napi::Value IsUnread(const Napi::CallbackInfo& info) {
  pollfd descriptor = {DescriptorArgument(info, 0), 0, 0};
  const bool is_gone = poll(&descriptor, 1, 0) == 1 && (descriptor.revents & (POLLERR | POLLHUP)) != 0;
  return Napi::Boolean::New(info.Env(), is_gone);
}

Napi::Object SocketMemory(Napi::Env env, int fd) {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof memory;
  if (fd >= 0) getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size);
  Napi::Object result = Napi::Object::New(env);
  result.Set("receiveBuffer", Napi::Number::New(env, memory[SK_MEMINFO_RCVBUF]));
  result.Set("receiveQueue", Napi::Number::New(env, memory[SK_MEMINFO_RMEM_ALLOC]));
  result.Set("lost", Napi::Number::New(env, memory[SK_MEMINFO_DROPS]));
  return result;
}

}  // namespace anydhcpd
