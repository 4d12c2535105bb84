/* The few kernel types that our programs look into, with the few members that they read. preserve_access_index makes
   libbpf look up each member's place in the running kernel (CO-RE), so that neither the order nor the rest matters, and
   the machine that builds needs no BTF of its own. */
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
  int pid;
  char comm[16];
};

struct irqaction {
  const char* name;
};

struct hrtimer {
  void* function;
};

#pragma clang attribute pop
