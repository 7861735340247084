/*
 * Prints the numbers of helper/protocol.h, one "name value" a line, for the test that compares them with
 * src/helper/protocol.ts.
 */
#include <stdio.h>

#include "../../helper/protocol.h"

#define PRINT(name, value) printf("%s %zu\n", name, (size_t)(value))

int
main(void)
{
	PRINT("version", HELPER_VERSION);
	PRINT("batch", HELPER_BATCH);
	PRINT("verb.listen", HELPER_LISTEN);
	PRINT("verb.neighbourSet", HELPER_NEIGHBOUR_SET);
	PRINT("verb.neighbourDelete", HELPER_NEIGHBOUR_DELETE);
	PRINT("verb.frame", HELPER_FRAME);
	PRINT("kind.udp", HELPER_UDP);
	PRINT("kind.icmp", HELPER_ICMP);
	PRINT("kind.packet", HELPER_PACKET);
	PRINT("kind.tcp", HELPER_TCP);
	PRINT("kind.observe", HELPER_OBSERVE);
	PRINT("result.ok", HELPER_OK);
	PRINT("result.refused", HELPER_REFUSED);
	PRINT("result.full", HELPER_FULL);
	PRINT("result.failed", HELPER_FAILED);
	PRINT("header", sizeof(struct helper_header));
	PRINT("header.version", offsetof(struct helper_header, version));
	PRINT("header.verb", offsetof(struct helper_header, verb));
	PRINT("header.count", offsetof(struct helper_header, count));
	PRINT("header.sequence", offsetof(struct helper_header, sequence));
	PRINT("listenRequest", sizeof(struct helper_listen_request));
	PRINT("listenRequest.kind", offsetof(struct helper_listen_request, kind));
	PRINT("listenRequest.freebind", offsetof(struct helper_listen_request, freebind));
	PRINT("listenRequest.address", offsetof(struct helper_listen_request, address));
	PRINT("listenRequest.receiveOctets", offsetof(struct helper_listen_request, receive_octets));
	PRINT("listenRequest.ifindex", offsetof(struct helper_listen_request, ifindex));
	PRINT("listenReply", sizeof(struct helper_listen_reply));
	PRINT("listenReply.result", offsetof(struct helper_listen_reply, result));
	PRINT("listenReply.error", offsetof(struct helper_listen_reply, error));
	PRINT("neighbour", sizeof(struct helper_neighbour));
	PRINT("neighbour.ifindex", offsetof(struct helper_neighbour, ifindex));
	PRINT("neighbour.address", offsetof(struct helper_neighbour, address));
	PRINT("neighbour.hardwareHigh", offsetof(struct helper_neighbour, hardware_high));
	PRINT("neighbour.hardwareLow", offsetof(struct helper_neighbour, hardware_low));
	PRINT("neighbourReply", sizeof(struct helper_neighbour_reply));
	PRINT("neighbourReply.results", offsetof(struct helper_neighbour_reply, results));
	PRINT("frameRequest", offsetof(struct helper_frame_request, payload));
	PRINT("frameRequest.ifindex", offsetof(struct helper_frame_request, ifindex));
	PRINT("frameRequest.source", offsetof(struct helper_frame_request, source));
	PRINT("frameRequest.destination", offsetof(struct helper_frame_request, destination));
	PRINT("frameRequest.hardwareHigh", offsetof(struct helper_frame_request, hardware_high));
	PRINT("frameRequest.hardwareLow", offsetof(struct helper_frame_request, hardware_low));
	return 0;
}
