// Control messages of sockets: where a datagram came in, from where one is to leave, what the kernel says of a frame.
// One implementation per system (cmsg_linux.cc). Nothing of Node.js is in it, so that it is fuzzed by itself.

#ifndef ANYDHCPD_CMSG_H_
#define ANYDHCPD_CMSG_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace anydhcpd {

/** Octets of control data that a received datagram may bring: interface, destination, loss counter. */
inline constexpr size_t kReceiveControlOctets = 64;

/** Octets of control data of a datagram to send. */
inline constexpr size_t kSendControlOctets = CMSG_SPACE(sizeof(in_pktinfo));

/** The values in the control data of a datagram; 0 for absent ones. Addresses in host order. */
struct ReceiveInfo {
  uint32_t ifindex = 0;
  uint32_t destination = 0;
  uint32_t lost = 0;
};

/** Asks the kernel for that control data and sets the other options of a server socket. errno or 0. */
int PrepareUdpSocket(int fd);

/** Reads the control data of a received message. */
ReceiveInfo ReadControl(msghdr* header);

/**
 * What a frame's control data says; `unfinished`: the sender is on this machine and has left the
 * checksum to hardware that the frame never reached.
 */
struct FrameInfo {
  bool unfinished = false;
  uint32_t lost = 0;
};

/** Reads the control data of a received frame. */
FrameInfo ReadFrameControl(msghdr* header);

/**
 * Writes source address and interface into the control data of `header` (kSendControlOctets at
 * msg_control); 0 leaves either to the kernel.
 */
void WriteControl(msghdr* header, uint32_t source, uint32_t ifindex);

/** Reads and clears the pending error of a socket of any family; errno or 0. */
int TakeSocketError(int fd);

/** Empties the error queue of a socket, which would keep a level-triggered poll awake. */
void DrainErrorQueue(int fd);

/** Whether this errno of a send or receive is one datagram's (or one peer's), and not the socket's. */
bool IsDatagramError(int error);

}  // namespace anydhcpd

#endif  // ANYDHCPD_CMSG_H_
