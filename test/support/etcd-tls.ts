// Certificates for tests of etcd with TLS, made with openssl.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { EtcdTls } from "../../src/store/etcd/settings.ts";
import { debianTool } from "./debian-packages.ts";
import type { EtcdTlsFiles } from "./etcd.ts";

const run = promisify(execFile);
const openssl = await debianTool("openssl", "usr/bin/openssl");

/** An authority, and a certificate of it for 127.0.0.1 that serves members and clients; undefined where there is no openssl. */
export async function makeTlsFiles(directory: string): Promise<EtcdTlsFiles | undefined> {
  if (openssl === undefined) return undefined;
  const file = (name: string): string => join(directory, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(
    file("extensions"),
    "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n",
  );
  await run(openssl, [
    ...["req", "-x509", ...key, "-days", "30", "-subj", "/CN=authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  ]);
  await run(openssl, [
    ...["req", ...key, "-subj", "/CN=node"],
    ...["-keyout", file("node.key"), "-out", file("node.request")],
  ]);
  await run(openssl, [
    ...["x509", "-req", "-in", file("node.request"), "-days", "30", "-extfile", file("extensions")],
    ...["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-out", file("node.pem")],
  ]);
  return { ca: file("ca.pem"), certificate: file("node.pem"), key: file("node.key") };
}

/** What a node's settings say of such files. */
export function tlsOf({ ca, certificate, key }: EtcdTlsFiles): EtcdTls {
  return { authority: readFileSync(ca), certificate: readFileSync(certificate), key: readFileSync(key) };
}
