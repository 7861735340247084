/*
 * One binary: `launch` prepares and executes the daemon (launch.c), `serve` is the privileged helper
 * (serve.c); `layout`, `filter` and `arguments` print the message contract, the frame filters and a
 * command line as it was read, for the tests that compare them with src/helper/protocol.ts,
 * src/backend/filter/filter.ts and src/cli/args.ts.
 */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "arguments.h"
#include "launch.h"
#include "message.h"
#include "packet.h"
#include "report.h"
#include "serve.h"

#define PRINT(name, value) printf("%s %zu\n", name, (size_t)(value))

static int
print_layout(void)
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

int
main(int argc, char *argv[])
{
	report_begin();
	if (getauxval(AT_SECURE) != 0)
		die("must not be set-uid or carry file capabilities: its arguments and environment are trusted");
	if (argc >= 2 && strcmp(argv[1], "launch") == 0)
		return launch(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "serve") == 0)
		return serve(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "layout") == 0)
		return print_layout();
	if (argc == 2 && strcmp(argv[1], "filter") == 0) {
		packet_print_filters();
		return 0;
	}
	if (argc >= 2 && strcmp(argv[1], "arguments") == 0) {
		arguments_print(argc - 2, argv + 2);
		return 0;
	}
	die("this program is started by bin/anydhcpd");
}
