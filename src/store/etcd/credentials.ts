// The credentials that prove this node's identity to etcd over TLS.

import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";
import type { Grpc, GrpcCredentials } from "./grpc.ts";
import type { EtcdSettings } from "./settings.ts";

/** What a channel needs for endpoints such as the settings'. Throws a DaemonError where certificates and key cannot be used. */
export function makeCredentials(grpc: Grpc, { endpoints, tls }: EtcdSettings): GrpcCredentials {
  if (!endpoints.some((endpoint) => endpoint.startsWith("https://"))) return grpc.credentials.createInsecure();
  const { authority, key, certificate } = tls;
  try {
    return grpc.credentials.createSsl(bufferOf(authority), bufferOf(key), bufferOf(certificate));
  } catch (error) {
    throw new DaemonError(
      "store-refused",
      `the certificates and the key of the cluster block cannot be used for TLS: ${textOf(error)}`,
      { cause: error },
    );
  }
}

function bufferOf(octets: Uint8Array | undefined): Buffer | null {
  return octets === undefined ? null : Buffer.from(octets);
}
