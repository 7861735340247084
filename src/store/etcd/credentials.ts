// What proves to etcd who this node is: TLS files, user and password.

import { readFile } from "node:fs/promises";
import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";
import type { Grpc, GrpcCredentials } from "./grpc.ts";
import type { EtcdSettings } from "./settings.ts";

/** A user of etcd. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What a channel needs for endpoints such as the settings'. Rejects with a DaemonError that names the file. */
export async function readCredentials(grpc: Grpc, settings: EtcdSettings): Promise<GrpcCredentials> {
  if (!settings.endpoints.some((endpoint) => endpoint.startsWith("https://"))) return grpc.credentials.createInsecure();
  const { caFile, keyFile, certificateFile } = settings.tls;
  const [ca, key, certificate] = await Promise.all([
    readOptional(caFile, "the certificates of etcd's authority"),
    readOptional(keyFile, "the key of this node"),
    readOptional(certificateFile, "the certificate of this node"),
  ]);
  try {
    return grpc.credentials.createSsl(ca, key, certificate);
  } catch (error) {
    const files = [caFile, keyFile, certificateFile].filter((file) => file !== undefined).join(", ");
    throw new DaemonError("store-refused", `${files}: cannot be used for TLS: ${textOf(error)}`, { cause: error });
  }
}

/** User and password; undefined without a user. Rejects with a DaemonError that names the file. */
export async function readLogin({ user, passwordFile }: EtcdSettings): Promise<Login | undefined> {
  if (user === undefined) return undefined;
  const text = await readOptional(passwordFile, `the password of ${user}`);
  return { user, password: (text?.toString("utf8") ?? "").split("\n", 1)[0] ?? "" };
}

async function readOptional(file: string | undefined, content: string): Promise<Buffer | null> {
  if (file === undefined) return null;
  try {
    return await readFile(file);
  } catch (error) {
    throw new DaemonError("store-refused", `${file}: cannot read ${content}: ${textOf(error)}`, { cause: error });
  }
}
