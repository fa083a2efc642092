// The system's PCRE2 for code units of eight bits, and as functions what its header has as macros.
#pragma once
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
