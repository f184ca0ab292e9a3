// Kernel calls that Swift cannot reach through the C library, one thin function each.
//
// These headers include nothing but <stdint.h>. A libc header read here with other feature macros than
// Swift's own Glibc module uses gives two definitions of one type ("fd_set … is not present"), and the
// build fails. Constants are #defined from uapi/, so that an old libc still knows them.
#pragma once
#include <stdint.h>
#include "bpf.h"
#include "events.h"
#include "files.h"
#include "mounts.h"
#include "network.h"
#include "processes.h"
#include "relay.h"
#include "sockets.h"
#include "trees.h"
#include "terminal.h"
#include "waiting.h"
