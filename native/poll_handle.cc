// See poll_handle.h. Two parties must let go before the memory is freed: libuv (OnClosed) and the
// owner (Release); either may be first, because the environment can end before the owner does.

#include "poll_handle.h"

#include <fcntl.h>

#include <cerrno>

namespace anydhcpd {

PollHandle* PollHandle::Start(napi_env env, int fd, void* owner, Ready ready, int* error) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    *error = EINVAL;
    return nullptr;
  }
  auto* handle = new PollHandle(owner, ready);
  handle->poll_.data = handle;
  const int status = uv_poll_init(loop, &handle->poll_, fd);
  if (status != 0) {
    *error = -status;
    delete handle;
    return nullptr;
  }
  napi_add_async_cleanup_hook(env, OnEnvironmentEnd, handle, &handle->hook_);
  uv_poll_start(&handle->poll_, UV_READABLE, OnEvent);
  return handle;
}

void PollHandle::Pause() {
  if (!closing_) uv_poll_stop(&poll_);
}

void PollHandle::Release() {
  owner_ = nullptr;
  released_ = true;
  if (closed_) {
    delete this;
    return;
  }
  BeginClose();
}

void PollHandle::BeginClose() {
  if (closing_) return;
  closing_ = true;
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
}

void PollHandle::OnEvent(uv_poll_t* poll, int status, int) {
  auto* handle = static_cast<PollHandle*>(poll->data);
  // libuv stops a handle on an error condition; for us it is one datagram's trouble.
  if (status < 0) uv_poll_start(poll, UV_READABLE, OnEvent);
  // Nothing of this handle is touched after the call: it may have been released.
  if (handle->owner_ != nullptr) handle->ready_(handle->owner_, status < 0);
}

void PollHandle::OnClosed(uv_handle_t* uv_handle) {
  auto* handle = static_cast<PollHandle*>(uv_handle->data);
  if (handle->hook_ != nullptr) napi_remove_async_cleanup_hook(handle->hook_);
  handle->closed_ = true;
  if (handle->released_) delete handle;
}

void PollHandle::OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
  auto* handle = static_cast<PollHandle*>(data);
  handle->owner_ = nullptr;
  handle->BeginClose();
}

int WatchedFd::SetNonBlocking() {
  const int flags = fcntl(Get(), F_GETFL);
  return flags < 0 || fcntl(Get(), F_SETFL, flags | O_NONBLOCK) != 0 ? errno : 0;
}

bool WatchedFd::Close() {
  if (!IsOpen()) return false;
  poll_.reset();
  fd_.Reset();
  return true;
}

}  // namespace anydhcpd
