# Builds the addon, the launcher, the helper and what runs the event script. Run by scripts/build-native.mjs.
{
  "variables": {
    # Where napi.h is, seen from native/build; scripts/build-native.mjs says where npm has put it.
    "napi_include%": "../../node_modules/node-addon-api",
    # Empty for an ordinary build; "address,undefined" for a run of the tests under the sanitizers.
    "sanitize%": "",
    "hardening": ["-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fvisibility=hidden"],
    "hardening_link": ["-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"],
  },
  "target_defaults": {
    "cflags": ["-Wall", "-Wextra", "-Wconversion", "-Werror", "<@(hardening)"],
    # Of Node's common settings.
    "cflags!": ["-Wno-unused-parameter"],
    "ldflags": ["<@(hardening_link)"],
    "conditions": [
      [
        "sanitize!=''",
        {
          "cflags": ["-fsanitize=<(sanitize)", "-g", "-O1"],
          "ldflags": ["-fsanitize=<(sanitize)"],
        },
      ],
    ],
  },
  "targets": [
    {
      "target_name": "anydhcpd",
      "sources": [
        "addon.cc",
        "append_file.cc",
        "binding_util.cc",
        "checksum.cc",
        "cmsg_linux.cc",
        "datagram_batches.cc",
        "echo_message.cc",
        "echo_socket.cc",
        "interface_dump_linux.cc",
        "interface_watch_linux.cc",
        "netlink_messages.cc",
        "packet_socket_linux.cc",
        "poll_handle.cc",
        "program_pages_linux.cc",
        "sandbox_linux.cc",
        "seqpacket_socket.cc",
        "system_calls.cc",
        "udp_socket.cc",
      ],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        # A worker thread may be terminated in the middle of a call: what cannot be thrown then is dropped.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
      ],
      # Headers that are not ours, by -isystem: they do not pass our warnings.
      "cflags_cc": [
        "-std=c++20",
        "-Wshadow",
        "-isystem <(napi_include)",
        "-isystem <(node_root_dir)/include/node",
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=c++17", "-std=gnu++20"],
    },
    {
      "target_name": "anydhcpd-launcher",
      "type": "executable",
      "sources": ["<!@(ls ../launcher/*.c ../c/*.c)"],
      "cflags": ["-fPIE"],
      "cflags_c": ["-std=c11", "-D_GNU_SOURCE"],
      "ldflags": ["-pie"],
      "ldflags!": ["-rdynamic"],
    },
    {
      "target_name": "anydhcpd-helper",
      "type": "executable",
      "sources": ["<!@(ls ../helper/*.c ../c/*.c)"],
      "cflags": ["-fPIE"],
      "cflags_c": ["-std=c11", "-D_GNU_SOURCE"],
      "ldflags": ["-pie"],
      "ldflags!": ["-rdynamic"],
    },
    {
      "target_name": "anydhcpd-script",
      "type": "executable",
      "sources": ["<!@(ls ../script/*.c ../c/*.c)"],
      "cflags": ["-fPIE"],
      "cflags_c": ["-std=c11", "-D_GNU_SOURCE"],
      "ldflags": ["-pie"],
      "ldflags!": ["-rdynamic"],
    },
    {
      "target_name": "anydhcpd-firewall",
      "type": "executable",
      "sources": ["<!@(ls ../firewall/*.c ../c/*.c)"],
      "cflags": ["-fPIE"],
      "cflags_c": ["-std=c11", "-D_GNU_SOURCE"],
      "ldflags": ["-pie"],
      "ldflags!": ["-rdynamic"],
    },
    {
      "target_name": "anydhcpd-shield",
      "type": "executable",
      "sources": ["<!@(ls ../shield/*.c ../c/*.c)"],
      "cflags": ["-fPIE"],
      "cflags_c": ["-std=c11", "-D_GNU_SOURCE"],
      "ldflags": ["-pie"],
      "ldflags!": ["-rdynamic"],
    },
  ],
}
