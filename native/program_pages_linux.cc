// See program_pages.h.
//
// A page that the process has written to would come back as it is in the file: data that was relocated, text that Node has
// copied to large pages or a debugger has changed. So only mappings that have no page of their own are taken out.

#include "program_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

namespace anydhcpd {

namespace {

struct Mapping {
  uintptr_t start;
  uintptr_t end;
  /** Of the program's file, and only read. */
  bool is_program;
};

/** Reads the first line of a mapping in /proc/PID/smaps (proc_pid_maps(5)); false: it is another line. */
bool ReadMapping(const std::string& line, const std::string& program, Mapping* mapping) {
  unsigned long start = 0;
  unsigned long end = 0;
  char mode[5] = "";
  int path_at = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx %4s %*x %*s %*u %n", &start, &end, mode, &path_at) != 3) return false;
  const bool is_read_only = mode[0] == 'r' && mode[1] == '-' && mode[3] == 'p';
  *mapping = {start, end, is_read_only && line.compare(static_cast<size_t>(path_at), line.npos, program) == 0};
  return true;
}

}  // namespace

void ReleaseProgramPages(const Napi::CallbackInfo& /*info*/) {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return;
  const std::string program(path, static_cast<size_t>(length));
  std::ifstream smaps("/proc/self/smaps");
  Mapping mapping = {};
  for (std::string line; std::getline(smaps, line);) {
    if (ReadMapping(line, program, &mapping) || !mapping.is_program) continue;
    unsigned long own_kilobytes = 0;
    if (std::sscanf(line.c_str(), "Anonymous: %lu kB", &own_kilobytes) != 1 || own_kilobytes != 0) continue;
    madvise(reinterpret_cast<void*>(mapping.start), mapping.end - mapping.start, MADV_DONTNEED);
  }
}

}  // namespace anydhcpd
