#define _GNU_SOURCE
#include "CLinux.h"
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The attribute is zeroed and passed whole with some room behind it: kernel 6.17 and newer write a field
// (`query.revision`) past the union that older headers know.
union attributes {
    union bpf_attr attr;
    char room[256];
};

static int bpf(int command, union attributes *a) { return syscall(SYS_bpf, command, a, sizeof a->room); }

int32_t linux_bpf_load_device_program(const void *instructions, uint32_t count, const char *name, char *log,
                                      uint32_t log_size) {
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    a.attr.insns = (uintptr_t)instructions;
    a.attr.insn_cnt = count;
    a.attr.license = (uintptr_t) "Apache";
    strncpy(a.attr.prog_name, name, sizeof a.attr.prog_name - 1);
    if (log_size) {
        a.attr.log_level = 1;
        a.attr.log_buf = (uintptr_t)log;
        a.attr.log_size = log_size;
    }
    return bpf(BPF_PROG_LOAD, &a);
}

int32_t linux_bpf_attach_device_program(int32_t cgroup, int32_t program, int32_t replaced) {
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.target_fd = cgroup;
    a.attr.attach_bpf_fd = program;
    a.attr.attach_type = BPF_CGROUP_DEVICE;
    a.attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (replaced >= 0) {
        a.attr.attach_flags |= BPF_F_REPLACE;
        a.attr.replace_bpf_fd = replaced;
    }
    return bpf(BPF_PROG_ATTACH, &a);
}

int32_t linux_bpf_detach_device_program(int32_t cgroup, int32_t program) {
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.target_fd = cgroup;
    a.attr.attach_bpf_fd = program;
    a.attr.attach_type = BPF_CGROUP_DEVICE;
    return bpf(BPF_PROG_DETACH, &a);
}

int32_t linux_bpf_query_device_programs(int32_t cgroup, uint32_t *ids, uint32_t *count) {
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.query.target_fd = cgroup;
    a.attr.query.attach_type = BPF_CGROUP_DEVICE;
    a.attr.query.prog_ids = (uintptr_t)ids;
    a.attr.query.prog_cnt = *count;
    int32_t rc = bpf(BPF_PROG_QUERY, &a);
    *count = a.attr.query.prog_cnt;
    return rc;
}

int32_t linux_bpf_program_by_id(uint32_t id) {
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.prog_id = id;
    return bpf(BPF_PROG_GET_FD_BY_ID, &a);
}

int32_t linux_bpf_program_information(int32_t program, uint8_t name[16], uint8_t tag[8], uint32_t *size) {
    struct bpf_prog_info info;
    memset(&info, 0, sizeof info);
    union attributes a;
    memset(&a, 0, sizeof a);
    a.attr.info.bpf_fd = program;
    a.attr.info.info_len = sizeof info;
    a.attr.info.info = (uintptr_t)&info;
    int32_t rc = bpf(BPF_OBJ_GET_INFO_BY_FD, &a);
    memcpy(name, info.name, 16);
    memcpy(tag, info.tag, 8);
    *size = info.xlated_prog_len;
    return rc;
}
