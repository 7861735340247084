// Ownership of a file descriptor: closed exactly once, when its owner goes.

#ifndef ANYDHCPD_UNIQUE_FD_H_
#define ANYDHCPD_UNIQUE_FD_H_

#include <unistd.h>

namespace anydhcpd {

/** Closes its descriptor when destroyed. */
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int Get() const { return fd_; }
  bool IsOpen() const { return fd_ >= 0; }

  /** Gives the descriptor away. */
  int Release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

  void Reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace anydhcpd

#endif  // ANYDHCPD_UNIQUE_FD_H_
