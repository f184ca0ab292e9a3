#pragma once
#include <linux/rtnetlink.h>
#include <libmnl/libmnl.h>
