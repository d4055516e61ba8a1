// What travels through the pipes: commands to a worker and its replies, and where its pages are.
#ifndef RECORDS_H
#define RECORDS_H

#include "system.h"

// Pipes copy byte by byte, and walk the page table for each: records are short.
struct command {
  uint64_t at;      // an address, or what the command says
  uint32_t value;
  uint16_t length;  // 0 stands for 65536
  uint8_t op, flags;
};

enum {
  C_READ = 1,  // flags: F_FETCH
  C_WRITE,   // flags: how sp lies, as in `store`
  C_KREAD,   // value: the digest so far
  C_KWRITE,
  C_SBRK,    // at: bytes
  C_FORK,    // value: the child's identity
  C_EXEC,    // at: the birth; length: image; value: argument
  C_EXIT,    // value: status
  C_LULL,    // sleep, never to read a command again: somebody is about to kill you
  C_WAIT,    // at: where the status goes; 0: nowhere
  C_KILL,    // value: process id
  C_GO_ON,   // nothing: see F_ARMED
  C_SPAWN,   // the keeper's: at: the birth of process 0
  C_BURY,    // wait for a child
};

enum {
  F_ARMED = 1,     // fork: touch no memory until there is another command
  F_VERIFY = 2,    // kwrite: look whether the bytes are there, whatever read() of a file said
  F_FILE = 4,      // kwrite: from a file, else through a pipe
  F_ENVIRONMENT = 8,
  F_EAGER = 16,    // sbrk: with its pages at once, where a kernel makes a difference
  F_FETCH = 32,    // read: of an instruction, by a jump
  F_RECORD = 64,   // kwrite: by the call that stores a record of this length
};

// What kernels store for a user of their own accord: the two descriptors of a pipe(), what fstat() tells of a file. As in
// spec/record.ts.
enum { OF_PIPE = 8, OF_FSTAT = 24 };

struct reply {
  uint8_t slot, kind;
  uint16_t length;  // bytes of `data` that follow
  uint32_t value;
  uint8_t data[64];
};
#define REPLY_HEAD 8

enum {
  R_DONE = 1,  // value: what the system call returned
  R_BYTES,
  R_DIGEST,
  R_FAULT,     // value: bytes that stand
  R_BORN,      // a child of fork; value: what fork returned in it, data: its process id
  R_EARLY,     // of an armed fork: value 1 if it returned a child, else 0; there is more to come
  R_EXECUTED,  // data: struct birth_report
  R_BELL,      // a line came on the console; data: up to 64 bytes of it where that is asked for
};

struct birth_report {
  uint64_t heap, stack;  // where its heap begins, and its stack page
  uint32_t image, argument, environment;
};

// Slots of the keeper and the doorbell. A worker's identity is slot, read end and write end of its pipe, a byte each.
#define WORKERS 6
#define KEEPER 6
#define DOORBELL 7
#define SLOTS 8
#define REPLIES_READ 3  // the coordinator's end of the same
#define KEEPER_READ 0   // the keeper's end of its pipe: workers close both, for of sixteen descriptors none else is free
#define REPLIES 4  // the descriptor they all write replies to
#define IDENTITY(slot, in, out) ((uint64_t)(slot) | (uint64_t)(in) << 8 | (uint64_t)(out) << 16)

// What a new image needs to know, as one number: identity, then first data page, data pages, heap pages.
#define BIRTH(identity, first, data, heap) \
  ((uint64_t)(identity) | (uint64_t)(first) << 24 | (uint64_t)(data) << 32 | (uint64_t)(heap) << 40)

// Where the pages under test lie in every image; worker.ld sees to it.
enum { AT_TEXT = 0x1000, AT_RODATA = 0x2000, AT_DATA = 0x3000, AT_BSS = 0x9000, AT_GUARD = 0x12000 };

#endif
