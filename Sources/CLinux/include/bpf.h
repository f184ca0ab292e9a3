// Programs of a cgroup: bpf(2).
#pragma once
#include <stdint.h>

/// BPF_PROG_LOAD of a device program (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15), `count` instructions of 8 bytes each.
int32_t linux_bpf_load_device_program(const void *instructions, uint32_t count, const char *name, char *log,
                                      uint32_t log_size);
/// BPF_PROG_ATTACH to a cgroup with BPF_F_ALLOW_MULTI; with `replaced` ≥ 0 in its place (BPF_F_REPLACE, Linux 5.6)
int32_t linux_bpf_attach_device_program(int32_t cgroup, int32_t program, int32_t replaced);
/// BPF_PROG_DETACH
int32_t linux_bpf_detach_device_program(int32_t cgroup, int32_t program);
/// BPF_PROG_QUERY: the ids of the group's own device programs; `count` is room before, number after.
int32_t linux_bpf_query_device_programs(int32_t cgroup, uint32_t *ids, uint32_t *count);
/// BPF_PROG_GET_FD_BY_ID
int32_t linux_bpf_program_by_id(uint32_t id);
/// BPF_OBJ_GET_INFO_BY_FD, Linux 4.13: name, NUL-filled; hash of the instructions; bytes of instructions
int32_t linux_bpf_program_information(int32_t program, uint8_t name[16], uint8_t tag[8], uint32_t *size);
