// A random number for each packet and effect, without state: the same seed gives the same fate to packet n, whatever
// happened to the others. C, so that BPF programs draw the same numbers.
//
// Source: the finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#pragma once

static inline unsigned long long lln_mix(unsigned long long value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// Uniform in 0 .. 2^64-1. `effect`: which of the decisions about a packet.
static inline unsigned long long lln_seeded_draw(unsigned long long seed, unsigned long long effect,
                                                 unsigned long long packet) {
  const unsigned long long golden = 0x9e3779b97f4a7c15ULL;
  return lln_mix(lln_mix(seed + golden * (effect + 1)) + golden * (packet + 1));
}
