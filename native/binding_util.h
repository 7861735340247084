// The few things every class of the addon needs at the border to JavaScript: reading arguments,
// throwing an errno, calling a function from the event loop.
//
// The files of src/native have validated every argument; only checks that memory safety depends on are repeated here.
// Compiled without C++ exceptions: a function that throws a JavaScript error returns at once.

#ifndef ANYDHCPD_BINDING_UTIL_H_
#define ANYDHCPD_BINDING_UTIL_H_

#include <napi.h>

#include <cstdint>
#include <initializer_list>

namespace anydhcpd {

/** Whether argument `index` is a typed array of this element type. */
inline bool IsTypedArray(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type) {
  return info[index].IsTypedArray() && info[index].As<Napi::TypedArray>().TypedArrayType() == type;
}

/** Argument `index` as an unsigned number; anything else reads as 0. */
inline uint32_t UnsignedArgument(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Uint32Value() : 0;
}

/** Argument `index` as a descriptor; -1 for anything else. */
inline int DescriptorArgument(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : -1;
}

/** Leaves a TypeError pending. */
void ThrowTypeError(Napi::Env env, const char* text);

/** Leaves an Error pending: `action: strerror`, with `errno` (positive) and `code` ("EPERM"). */
void ThrowErrno(Napi::Env env, int error, const char* action);

/**
 * Calls `function` from the event loop, then lets promises and ticks run. An exception in it
 * becomes the process's uncaughtException. The caller's object may be closed on return.
 */
void CallFromLoop(Napi::Env env, Napi::Object self, const Napi::FunctionReference& function,
                  std::initializer_list<napi_value> arguments);

}  // namespace anydhcpd

#endif  // ANYDHCPD_BINDING_UTIL_H_
