#pragma once
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

/// Gives back what libsystemd allocated, e.g. by sd_bus_path_encode(3).
static inline void systemd_free(void *memory) { __builtin_free(memory); }
