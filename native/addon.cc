// What the addon exports; src/native/addon.ts is its only importer. No state of its own, so it may be
// loaded into several environments (worker threads).

#include <napi.h>

#include "append_file.h"
#include "checksum.h"
#include "columns.h"
#include "echo_socket.h"
#include "interfaces.h"
#include "packet_socket.h"
#include "program_pages.h"
#include "sandbox.h"
#include "seqpacket_socket.h"
#include "system_calls.h"
#include "udp_socket.h"

namespace anydhcpd {

namespace {

struct NamedNumber {
  const char* name;
  size_t number;
};

template <size_t N>
Napi::Object ToObject(Napi::Env env, const NamedNumber (&entries)[N]) {
  Napi::Object result = Napi::Object::New(env);
  for (const NamedNumber& entry : entries) {
    result.Set(entry.name, Napi::Number::New(env, static_cast<double>(entry.number)));
  }
  return result;
}

// The shared numbers under the names they have in src/native/columns.ts.
Napi::Object Columns(Napi::Env env) {
  constexpr NamedNumber kReceive[] = {
      {"length", kReceiveLength}, {"flags", kReceiveFlags},           {"ifindex", kReceiveIfindex},
      {"destination", kReceiveDestination}, {"source", kReceiveSource}, {"sourcePort", kReceiveSourcePort},
      {"lost", kReceiveLost},       {"payload", kReceivePayload},
  };
  constexpr NamedNumber kReply[] = {
      {"offset", kReplyOffset}, {"length", kReplyLength},   {"destination", kReplyDestination},
      {"port", kReplyPort},     {"source", kReplySource},   {"ifindex", kReplyIfindex},
      {"flags", kReplyFlags},   {"result", kReplyResult},
  };
  constexpr NamedNumber kFlags[] = {
      {"datagramCut", kDatagramCut}, {"controlCut", kControlCut}, {"checksumUnfinished", kChecksumUnfinished}};
  constexpr NamedNumber kSend[] = {{"dontRoute", kSendDontRoute}, {"fullChecksum", kSendFullChecksum}};
  constexpr NamedNumber kSizes[] = {{"receive", kReceiveColumns}, {"reply", kReplyColumns}};
  Napi::Object result = Napi::Object::New(env);
  result.Set("ReceiveColumn", ToObject(env, kReceive));
  result.Set("ReplyColumn", ToObject(env, kReply));
  result.Set("ReceiveFlag", ToObject(env, kFlags));
  result.Set("SendFlag", ToObject(env, kSend));
  result.Set("sizes", ToObject(env, kSizes));
  return result;
}

}  // namespace

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("columns", Columns(env));
  exports.Set("UdpSocket", UdpSocket::Define(env));
  exports.Set("PacketSocket", PacketSocket::Define(env));
  exports.Set("EchoSocket", EchoSocket::Define(env));
  exports.Set("AppendFile", AppendFile::Define(env));
  exports.Set("SeqpacketSocket", SeqpacketSocket::Define(env));
  exports.Set("InterfaceWatch", InterfaceWatch::Define(env));
  exports.Set("enterSandbox", Napi::Function::New<EnterSandbox>(env, "enterSandbox"));
  exports.Set("listNeighbours", Napi::Function::New<ListNeighbours>(env, "listNeighbours"));
  exports.Set("listInterfaces", Napi::Function::New<ListInterfaces>(env, "listInterfaces"));
  exports.Set("notifyUnix", Napi::Function::New<NotifyUnix>(env, "notifyUnix"));
  exports.Set("crc32c", Napi::Function::New<Crc32c>(env, "crc32c"));
  exports.Set("sizeIfNamed", Napi::Function::New<SizeIfNamed>(env, "sizeIfNamed"));
  exports.Set("freeOctets", Napi::Function::New<FreeOctets>(env, "freeOctets"));
  exports.Set("isUnread", Napi::Function::New<IsUnread>(env, "isUnread"));
  exports.Set("lockFile", Napi::Function::New<LockFile>(env, "lockFile"));
  exports.Set("peerUid", Napi::Function::New<PeerUid>(env, "peerUid"));
  exports.Set("releaseProgramPages", Napi::Function::New<ReleaseProgramPages>(env, "releaseProgramPages"));
  exports.Set("releaseFreeMemory", Napi::Function::New<ReleaseFreeMemory>(env, "releaseFreeMemory"));
  exports.Set("runAsBatch", Napi::Function::New<RunAsBatch>(env, "runAsBatch"));
  exports.Set("setProcessName", Napi::Function::New<SetProcessName>(env, "setProcessName"));
  exports.Set("unblockSigusr1", Napi::Function::New<UnblockSigusr1>(env, "unblockSigusr1"));
  return exports;
}

NODE_API_MODULE(anydhcpd, Initialize)

}  // namespace anydhcpd
