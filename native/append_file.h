// One-hop durable append: write(2) until all is written, then fdatasync(2), on a thread of libuv's
// pool, so that the event loop goes on meanwhile. Or, without fdatasync, write(2) where it is called.
//
// Guarantees: success means all octets written and, if asked for, synchronised; a failed write or
// synchronisation is never tried again; the buffer stays alive until the thread has let go of it,
// also when the environment (process or worker thread) ends in between.

#ifndef ANYDHCPD_APPEND_FILE_H_
#define ANYDHCPD_APPEND_FILE_H_

#include <napi.h>
#include <uv.h>

#include <memory>

#include "unique_fd.h"

namespace anydhcpd {

class AppendFile;

/** What the worker thread uses; outlives its AppendFile if that goes during a write. */
class AppendJob {
 public:
  AppendJob(napi_env env, uv_loop_t* loop, int fd, AppendFile* owner);

  bool IsBusy() const { return busy_; }

  /** Hands `length` octets to a worker thread, which writes and synchronises; the owner's OnDone follows. errno or 0. */
  int Start(const uint8_t* octets, size_t length);

  /** Writes `length` octets on this thread and does not synchronise; not while another write is under way. errno or 0. */
  int WriteNow(const uint8_t* octets, size_t length, size_t* written);

  /** The owner is gone: deletes this and closes the descriptor, now or after the write under way. */
  void Release();

  AppendJob(const AppendJob&) = delete;
  AppendJob& operator=(const AppendJob&) = delete;

 private:
  ~AppendJob() = default;

  static void Work(uv_work_t* work);
  static void AfterWork(uv_work_t* work, int status);
  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void* data);
  int WriteAll();
  int Synchronise() const;
  void RemoveHook();

  uv_work_t work_ = {};
  uv_loop_t* loop_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  UniqueFd fd_;
  AppendFile* owner_;
  const uint8_t* octets_ = nullptr;
  size_t length_ = 0;
  size_t written_ = 0;
  int error_ = 0;
  bool busy_ = false;
  bool released_ = false;
  bool environment_ended_ = false;
};

/** For AppendFile's pointer to its job. */
struct AppendRelease {
  void operator()(AppendJob* job) const { job->Release(); }
};

/** See AppendFile in src/native/append-file.ts. */
class AppendFile final : public Napi::ObjectWrap<AppendFile> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit AppendFile(const Napi::CallbackInfo& info);

  /** Called by the job on the event loop. */
  void OnDone(int error, size_t written);

 private:
  void Append(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  Napi::Reference<Napi::Uint8Array> buffer_;
  Napi::FunctionReference done_;
  bool close_after_ = false;
  std::unique_ptr<AppendJob, AppendRelease> job_;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_APPEND_FILE_H_
