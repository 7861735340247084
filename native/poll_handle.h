// A descriptor that is owned, and watched for reading by Node's event loop (uv_poll).
//
// Guarantees: the owner is never called after Release() or once the environment (process or worker
// thread) has begun to end; an error condition on the descriptor does not end the watching; the
// memory lives until libuv has let go of it. No global state.

#ifndef ANYDHCPD_POLL_HANDLE_H_
#define ANYDHCPD_POLL_HANDLE_H_

#include <node_api.h>
#include <uv.h>

#include <memory>

#include "unique_fd.h"

namespace anydhcpd {

/** Made by Start, ended by Release (WatchedFd does that). */
class PollHandle {
 public:
  /** `failed`: the descriptor reports an error condition, which the owner must clear (SO_ERROR). */
  using Ready = void (*)(void* owner, bool failed);

  /** Watches `fd`, which must stay open until Release. On failure: nullptr, and an errno in `error`. */
  static PollHandle* Start(napi_env env, int fd, void* owner, Ready ready, int* error);

  /** No more events, but the handle stays. For an owner that has reported an error and waits to be closed. */
  void Pause();

  /** Ends the watching. Call it before closing the descriptor; the handle deletes itself. */
  void Release();

  PollHandle(const PollHandle&) = delete;
  PollHandle& operator=(const PollHandle&) = delete;

 private:
  PollHandle(void* owner, Ready ready) : owner_(owner), ready_(ready) {}
  ~PollHandle() = default;

  static void OnEvent(uv_poll_t* poll, int status, int events);
  static void OnClosed(uv_handle_t* handle);
  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void* data);
  void BeginClose();

  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
  void* owner_;
  Ready ready_;
  bool closing_ = false;
  bool closed_ = false;
  bool released_ = false;
};

/** For WatchedFd. */
struct PollRelease {
  void operator()(PollHandle* handle) const { handle->Release(); }
};

/** A descriptor of an owner with a member `void OnReady(bool failed)`. */
class WatchedFd {
 public:
  explicit WatchedFd(int fd = -1) : fd_(fd) {}

  /** Has the owner's OnReady called, until Close; errno or 0. */
  template <typename Owner>
  int Watch(napi_env env, Owner* owner) {
    int error = 0;
    poll_.reset(PollHandle::Start(
        env, Get(), owner, [](void* self, bool failed) { static_cast<Owner*>(self)->OnReady(failed); }, &error));
    return poll_ ? 0 : error;
  }

  /** Makes reading and writing return at once; errno or 0. */
  int SetNonBlocking();

  /** -1 after Close. */
  int Get() const { return fd_.Get(); }
  bool IsOpen() const { return fd_.IsOpen(); }

  void Reset(int fd) { fd_.Reset(fd); }

  /** See PollHandle. */
  void Pause() { poll_->Pause(); }

  /** Ends the watching and closes the descriptor; false if that has happened. */
  bool Close();

 private:
  UniqueFd fd_;
  // Last: released first, before the descriptor is closed.
  std::unique_ptr<PollHandle, PollRelease> poll_;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_POLL_HANDLE_H_
