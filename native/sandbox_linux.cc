// See sandbox.h. One filter for all threads. What it does not know is refused with EPERM, which the kernel's log
// shows (audit type 1326); what only an attacker would call ends the process.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "../c/audit_architecture.h"
#include "binding_util.h"
#include "sandbox.h"

namespace anydhcpd {

namespace {

constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr long kNameMemory = 0x53564d41;  // PR_SET_VMA, by which V8 and the C library name their memory

constexpr long kDeadly[] = {
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_bpf,
};

// Older names and newer ones: which of them the C library uses depends on the machine.
constexpr long kAllowed[] = {
    // Descriptors and files.
    SYS_read, SYS_readv, SYS_pread64, SYS_write, SYS_writev, SYS_pwrite64, SYS_lseek, SYS_close, SYS_fcntl, SYS_openat,
    SYS_fstat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_faccessat, SYS_readlinkat, SYS_getcwd, SYS_getdents64,
    SYS_ftruncate, SYS_fsync, SYS_fdatasync, SYS_fchmod, SYS_fchown, SYS_linkat, SYS_unlinkat, SYS_renameat2,
    SYS_sendfile, SYS_copy_file_range,
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_link, SYS_unlink, SYS_rename,
#endif
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_fcntl64
    SYS_fcntl64, SYS__llseek, SYS_mmap2, SYS_fstat64, SYS_stat64, SYS_lstat64, SYS_fstatat64, SYS_ftruncate64,
    SYS_fstatfs64, SYS_statfs64, SYS_sendfile64,
#endif
    // Sockets that are there already; which new ones may be made is decided below.
    SYS_bind, SYS_listen, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
    SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
    // The event loop.
    SYS_epoll_ctl, SYS_epoll_pwait, SYS_ppoll,
#ifdef SYS_epoll_wait
    SYS_epoll_wait, SYS_poll,
#endif
    // Memory: V8 writes code as it goes.
#ifdef SYS_mmap
    SYS_mmap,
#endif
    SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk,
#ifdef SYS_pkey_mprotect
    SYS_pkey_mprotect,
#endif
    // Threads, signals, time.
    SYS_futex, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
    SYS_restart_syscall, SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
#ifdef SYS_futex_time64
    SYS_futex_time64, SYS_clock_gettime64, SYS_clock_nanosleep_time64, SYS_ppoll_time64, SYS_recvmmsg_time64,
#endif
    SYS_exit, SYS_exit_group,
    // A thread that was being started when the filter came: glibc ends the process where it is refused the first of them.
#ifdef SYS_rseq
    SYS_rseq,
#endif
    SYS_set_robust_list,
    // Questions about this process and this machine.
    SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getrusage, SYS_sysinfo,
    SYS_uname, SYS_getrandom,
};

class Program {
 public:
  Program() {
    Load(offsetof(seccomp_data, arch));
    Unless(AUDIT_ARCHITECTURE, SECCOMP_RET_KILL_PROCESS);
    Load(offsetof(seccomp_data, nr));
  }

  // A call with any arguments.
  void Decide(long call, uint32_t action) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    Return(action);
  }

  // A call with one of these values as an argument, and with 0 as another one if that is given.
  void AllowWith(long call, uint32_t argument, const std::vector<uint32_t>& values, int zero = -1) {
    const auto rest = static_cast<uint8_t>(2 * values.size() + (zero < 0 ? 2 : 4));
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, rest));
    if (zero >= 0) {
      Load(ARGUMENT(static_cast<uint32_t>(zero)));
      code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, static_cast<uint8_t>(rest - 3)));
    }
    Load(ARGUMENT(argument));
    for (const uint32_t value : values) Decide(static_cast<long>(value), SECCOMP_RET_ALLOW);
    Return(kRefuse);
  }

  // Puts it in force for every thread; errno or 0.
  int Install() {
    Return(kRefuse);
    const sock_fprog program = {static_cast<unsigned short>(code_.size()), code_.data()};
    const unsigned flags = SECCOMP_FILTER_FLAG_TSYNC;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_LOG, &program);
    // Kernels that do not log refusals can refuse all the same.
    if (result < 0 && errno == EINVAL) result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0) return errno;
    return result == 0 ? 0 : ESRCH;  // the thread that could not be reached
  }

 private:
  void Load(size_t offset) { code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset))); }
  void Return(uint32_t action) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
  void Unless(uint32_t value, uint32_t action) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    Return(action);
  }

  std::vector<sock_filter> code_;
};

int InstallFilter(bool may_connect) {
  Program program;
  for (const long call : kDeadly) program.Decide(call, SECCOMP_RET_KILL_PROCESS);
  for (const long call : kAllowed) program.Decide(call, SECCOMP_RET_ALLOW);
  // Netlink's routing family is number 0; TCP and UDP are the Internet's defaults.
  std::vector<uint32_t> families = {AF_NETLINK, AF_UNIX};
  if (may_connect) {
    families.insert(families.end(), {AF_INET, AF_INET6});
    program.Decide(SYS_connect, SECCOMP_RET_ALLOW);
  }
  program.AllowWith(SYS_socket, 0, families, 2);
  program.AllowWith(SYS_ioctl, 1, {FIONBIO, FIONREAD, FIOCLEX, TCGETS, TIOCGWINSZ});
  program.AllowWith(SYS_prctl, 0, {PR_SET_NAME, static_cast<uint32_t>(kNameMemory)});
  program.AllowWith(SYS_tgkill, 0, {static_cast<uint32_t>(getpid())});
  return program.Install();
}

}  // namespace

Napi::Value EnterSandbox(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsBoolean()) {
    ThrowTypeError(env, "enterSandbox: not a boolean");
    return env.Undefined();
  }
  const rlimit none = {0, 0};
  // The launcher's children are ours: one that ends must leave no zombie. There will be no other children.
  signal(SIGCHLD, SIG_IGN);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    ThrowErrno(env, errno, "cannot refuse to be traced");
  } else if (setrlimit(RLIMIT_NPROC, &none) != 0) {
    ThrowErrno(env, errno, "cannot limit the number of processes");
  } else if (const int error = InstallFilter(info[0].As<Napi::Boolean>().Value()); error != 0) {
    ThrowErrno(env, error, "cannot install the system-call filter");
  }
  return env.Undefined();
}

}  // namespace anydhcpd
