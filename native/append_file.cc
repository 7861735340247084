// See append_file.h.

#include "append_file.h"

#include <cerrno>
#include <utility>

#include "binding_util.h"

namespace anydhcpd {

AppendJob::AppendJob(napi_env env, uv_loop_t* loop, int fd, AppendFile* owner)
    : loop_(loop), fd_(fd), owner_(owner) {
  work_.data = this;
  napi_add_async_cleanup_hook(env, OnEnvironmentEnd, this, &hook_);
}

int AppendJob::Start(const uint8_t* octets, size_t length) {
  octets_ = octets;
  length_ = length;
  written_ = 0;
  error_ = 0;
  const int status = uv_queue_work(loop_, &work_, Work, AfterWork);
  busy_ = status == 0;
  return -status;
}

// On a worker thread: touches nothing but this job.
void AppendJob::Work(uv_work_t* work) {
  auto* job = static_cast<AppendJob*>(work->data);
  job->error_ = job->WriteAll();
  if (job->error_ == 0) job->error_ = job->Synchronise();
}

int AppendJob::WriteNow(const uint8_t* octets, size_t length, size_t* written) {
  octets_ = octets;
  length_ = length;
  written_ = 0;
  const int error = WriteAll();
  *written = written_;
  return error;
}

int AppendJob::WriteAll() {
  while (written_ < length_) {
    const ssize_t octets = write(fd_.Get(), octets_ + written_, length_ - written_);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return errno;
    if (octets == 0) return EIO;
    written_ += static_cast<size_t>(octets);
  }
  return 0;
}

// Only an interrupted call is repeated: after a failed one the kernel has forgotten the dirty pages, and a second call
// would report success.
int AppendJob::Synchronise() const {
  while (fdatasync(fd_.Get()) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

void AppendJob::AfterWork(uv_work_t* work, int) {
  auto* job = static_cast<AppendJob*>(work->data);
  job->busy_ = false;
  if (job->environment_ended_) job->RemoveHook();
  if (job->released_) {
    job->RemoveHook();
    delete job;
    return;
  }
  // Last: the owner may release this job in it.
  if (job->owner_ != nullptr) job->owner_->OnDone(job->error_, job->written_);
}

void AppendJob::Release() {
  owner_ = nullptr;
  released_ = true;
  if (busy_) return;
  RemoveHook();
  delete this;
}

void AppendJob::OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
  auto* job = static_cast<AppendJob*>(data);
  job->owner_ = nullptr;
  job->environment_ended_ = true;
  // While a write is under way the environment waits for AfterWork.
  if (!job->busy_) job->RemoveHook();
}

void AppendJob::RemoveHook() {
  if (hook_ != nullptr) napi_remove_async_cleanup_hook(std::exchange(hook_, nullptr));
}

Napi::Function AppendFile::Define(Napi::Env env) {
  return DefineClass(env, "AppendFile",
                     {
                         InstanceMethod<&AppendFile::Append>("append"),
                         InstanceMethod<&AppendFile::Close>("close"),
                     });
}

// new AppendFile(fd)
AppendFile::AppendFile(const Napi::CallbackInfo& info) : Napi::ObjectWrap<AppendFile>(info) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(Env(), &loop) != napi_ok) {
    ThrowErrno(Env(), EINVAL, "cannot find the event loop");
    return;
  }
  job_.reset(new AppendJob(Env(), loop, DescriptorArgument(info, 0), this));
}

// append(buffer, length, sync, done)
void AppendFile::Append(const Napi::CallbackInfo& info) {
  if (!IsTypedArray(info, 0, napi_uint8_array) || !info[2].IsBoolean() || !info[3].IsFunction()) {
    return ThrowTypeError(Env(), "append: wrong arguments");
  }
  if (!job_ || close_after_) return ThrowTypeError(Env(), "append: the file is closed");
  if (job_->IsBusy()) return ThrowTypeError(Env(), "append: another append is under way");
  auto buffer = info[0].As<Napi::Uint8Array>();
  const size_t length = UnsignedArgument(info, 1);
  if (length > buffer.ElementLength()) return ThrowTypeError(Env(), "append: longer than its buffer");
  if (!info[2].As<Napi::Boolean>().Value()) {
    size_t written = 0;
    const int failure = job_->WriteNow(buffer.Data(), length, &written);
    info[3].As<Napi::Function>().Call(
        info.This(), {Napi::Number::New(Env(), failure), Napi::Number::New(Env(), static_cast<double>(written))});
    return;
  }
  const int error = job_->Start(buffer.Data(), length);
  if (error != 0) return ThrowErrno(Env(), error, "cannot start an append");
  buffer_ = Napi::Reference<Napi::Uint8Array>::New(buffer, 1);
  done_ = Napi::Persistent(info[3].As<Napi::Function>());
  Ref();
}

void AppendFile::OnDone(int error, size_t written) {
  Napi::HandleScope scope(Env());
  Napi::Object self = Value();
  buffer_.Reset();
  if (close_after_) job_.reset();
  // The callback may start the next append, which sets its own.
  Napi::FunctionReference done = std::move(done_);
  Unref();
  CallFromLoop(Env(), self, done,
               {Napi::Number::New(Env(), error), Napi::Number::New(Env(), static_cast<double>(written))});
}

void AppendFile::Close(const Napi::CallbackInfo&) {
  if (!job_) return;
  if (job_->IsBusy()) {
    close_after_ = true;
  } else {
    job_.reset();
  }
}

}  // namespace anydhcpd
