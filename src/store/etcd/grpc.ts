// The package @grpc/grpc-js, as far as the store uses it. It is optional: it is loaded here, where a cluster is configured,
// and its types are declared here so that the program can be built without it.

import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";

/** Status codes of gRPC. */
export const GrpcStatus = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** How a call has failed. */
export interface GrpcError extends Error {
  readonly code: number;
  /** The member's own words. */
  readonly details: string;
}

/** Headers of a call. */
export interface GrpcMetadata {
  set(key: string, value: string): void;
}

/** A call that may be given up. */
export interface GrpcCall {
  cancel(): void;
}

/** A call with many messages in both directions. */
export interface GrpcStream extends GrpcCall {
  write(message: Uint8Array): boolean;
  pause(): unknown;
  resume(): unknown;
  on(event: "data", listener: (message: Buffer) => void): unknown;
  on(event: "error", listener: (error: GrpcError) => void): unknown;
  on(event: "end", listener: () => void): unknown;
}

type Pass = (message: Buffer) => Buffer;

/** One channel to one member. */
export interface GrpcClient {
  makeUnaryRequest(
    method: string,
    serialize: Pass,
    deserialize: Pass,
    request: Buffer,
    metadata: GrpcMetadata,
    options: { readonly deadline: number },
    done: (error: GrpcError | null, answer?: Buffer) => void,
  ): GrpcCall;
  makeBidiStreamRequest(method: string, serialize: Pass, deserialize: Pass, metadata: GrpcMetadata): GrpcStream;
  close(): void;
}

/** The credentials of a channel. */
export type GrpcCredentials = object;

/** The package. */
export interface Grpc {
  readonly Client: new (
    address: string,
    credentials: GrpcCredentials,
    options: Readonly<Record<string, number>>,
  ) => GrpcClient;
  readonly Metadata: new () => GrpcMetadata;
  readonly credentials: {
    createInsecure(): GrpcCredentials;
    createSsl(ca: Buffer | null, key: Buffer | null, certificate: Buffer | null): GrpcCredentials;
  };
}

/** Widened, so that the compiler does not look for the package. */
const PACKAGE: string = "@grpc/grpc-js";

/** Loads the package. Rejects with a DaemonError that says how to install it. */
export async function loadGrpc(): Promise<Grpc> {
  try {
    const loaded = await import(PACKAGE);
    return loaded.default ?? loaded;
  } catch (error) {
    throw new DaemonError(
      "package-missing",
      `a cluster needs the package ${PACKAGE}, which cannot be loaded (${textOf(error)}): ` +
        "install anydhcpd with its optional packages (npm ci without --omit=optional)",
      { cause: error },
    );
  }
}
