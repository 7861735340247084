// What finding an address costs in a pool from empty to full, measured in the lease table alone: no packets,
// no disk. A program of its own, so that each pool has a process that has done nothing else.

import { allocate } from "../../src/lease/allocate.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table/table.ts";
import { ClientIdentity } from "../../src/wire/client-identity.ts";
import { median } from "../report/statistics.ts";

const POOL_FIRST = 0x0a00_0000;
const POOL_SIZE = 1 << 20;
const START = 1_800_000_000;
/** Exchanges in a second: time goes on while the pool fills. */
const RATE = 20_000;
const EXPIRIES_MAX = 1000;
/** No lease ends while the pool is filled. */
const LEASE_SECONDS = 3600;
const OFFER_SECONDS = 30;
/** Look-ups of one reading; many readings, of which the median counts. */
const SAMPLE = 500;
const SAMPLES = 15;
/** How full the pool is when it is measured; the measurement adds less than 1 %. */
const PERCENTS = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 99, 100];

const keys = { table: new Uint8Array(16).fill(7), order: new Uint8Array(16) };
const range = { first: POOL_FIRST, last: POOL_FIRST + POOL_SIZE - 1 };
const table = new LeaseTable([{ index: 0, sharedNetwork: 0, subnet: 0, reserved: false, ranges: [range] }], keys);
const client = new ClientIdentity();
client.htype = 1;
client.hlen = 6;
client.orderKey = keys.order;

let now = START;

function become(number: number): void {
  client.chaddr.set([2, 0x5c, (number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]);
}

function find(number: number): number {
  become(number);
  return allocate(table, [0], client, 0, now, []);
}

/** All that an exchange does to the table. */
function lease(number: number): void {
  now = START + number / RATE;
  if (number % EXPIRIES_MAX === 0) table.expire(now, EXPIRIES_MAX, () => undefined);
  const slot = find(number);
  if (slot === NO_LEASE) return;
  table.offer(slot, client, now, now + OFFER_SECONDS);
  table.begin(slot);
  table.bind(slot, client, now, now + LEASE_SECONDS);
  table.confirm(slot);
}

/** Nanoseconds for one of `SAMPLE` calls, processor time. */
function time(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return ((user + system) * 1000) / SAMPLE;
}

let next = 0;
let stranger = 0xf000_0000;

function measure(percent: number): { percent: number; findNanoseconds: number; leaseNanoseconds: number | null } {
  const findNs: number[] = [];
  const leaseNs: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    findNs.push(time(() => repeat(() => find(stranger++))));
    if (next + SAMPLE <= POOL_SIZE) leaseNs.push(time(() => repeat(() => lease(next++))));
  }
  return { percent, findNanoseconds: median(findNs), leaseNanoseconds: leaseNs.length === 0 ? null : median(leaseNs) };
}

function repeat(work: () => void): void {
  for (let i = 0; i < SAMPLE; i++) work();
}

// The code is compiled before anything counts.
for (let percent = 0; percent < 2; percent++) measure(percent);
const points = PERCENTS.map((percent) => {
  const taken = Math.floor((POOL_SIZE * percent) / 100);
  while (next < taken) lease(next++);
  return measure(percent);
});
process.stdout.write(`${JSON.stringify({ poolSize: POOL_SIZE, points })}\n`);
