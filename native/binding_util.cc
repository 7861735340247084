// See binding_util.h.

#include "binding_util.h"

#include <uv.h>

#include <string>

namespace anydhcpd {

void ThrowTypeError(Napi::Env env, const char* text) {
  Napi::TypeError::New(env, text).ThrowAsJavaScriptException();
}

void ThrowErrno(Napi::Env env, int error, const char* action) {
  Napi::Error value = Napi::Error::New(env, std::string(action) + ": " + uv_strerror(-error));
  value.Set("errno", Napi::Number::New(env, error));
  value.Set("code", Napi::String::New(env, uv_err_name(-error)));
  value.ThrowAsJavaScriptException();
}

void CallFromLoop(Napi::Env env, Napi::Object self, const Napi::FunctionReference& function,
                  std::initializer_list<napi_value> arguments) {
  napi_value result = nullptr;
  const napi_status status = napi_make_callback(env, nullptr, self, function.Value(), arguments.size(),
                                                arguments.begin(), &result);
  if (status != napi_pending_exception) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

}  // namespace anydhcpd
