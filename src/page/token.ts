// The token that allows changes by the status page: read once, compared in a time that does not depend on it.

import { createHash, timingSafeEqual } from "node:crypto";
import { readSync } from "node:fs";
import { DaemonError } from "../base/daemon-error.ts";
import { PAGE_TOKEN_LENGTH_MAX, PAGE_TOKEN_LENGTH_MIN } from "../base/limits/page.ts";

const BEARER = "Bearer ";

/** Knows whether a request has the token; keeps no more of it than its hash. */
export class Token {
  private readonly hash: Buffer;

  /** `text`: the token, and perhaps an end of line. Throws DaemonError where it is none. */
  constructor(text: string) {
    const token = text.replace(/\r?\n$/, "");
    if (token.length < PAGE_TOKEN_LENGTH_MIN || token.length > PAGE_TOKEN_LENGTH_MAX || !/^[!-~]+$/.test(token))
      throw new DaemonError(
        "config-invalid",
        `the file has to hold ${PAGE_TOKEN_LENGTH_MIN} to ${PAGE_TOKEN_LENGTH_MAX} printable characters without blanks, ` +
          "as `openssl rand -hex 16` writes them",
      );
    this.hash = hashOf(token);
  }

  /** Reads it from a file that is open. Throws DaemonError likewise. */
  static read(fd: number): Token {
    const octets = Buffer.alloc(PAGE_TOKEN_LENGTH_MAX + 3);
    return new Token(octets.toString("latin1", 0, readSync(fd, octets, 0, octets.length, 0)));
  }

  /** `authorization`: the header of a request, "Bearer TOKEN". */
  isIn(authorization = ""): boolean {
    return authorization.startsWith(BEARER) && timingSafeEqual(hashOf(authorization.slice(BEARER.length)), this.hash);
  }
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
